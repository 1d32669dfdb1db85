import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildPlan } from './usage-child.ts';

const program = fileURLToPath(new URL('usage-child.ts', import.meta.url));

/** Runs `usage-child.ts` from source, in a process of its own. */
export function child(plan: ChildPlan) {
  const process_: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@llm-memory-graph/source', '--disable-warning=ExperimentalWarning', program, JSON.stringify(plan)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let errors = '';
  process_.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  process_.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const closed = once(process_, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    get out() {
      return out;
    },
    /** Reports that were taken, as far as the program came to say so. */
    get tracked() {
      return out.split('.').length - 1;
    },
    kill: (signal: NodeJS.Signals) => process_.kill(signal),
    /** How it ended. */
    async end(): Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }> {
      const [code, signal] = await closed;
      return { code, signal, errors };
    },
    async [Symbol.asyncDispose]() {
      process_.kill('SIGKILL');
      await closed;
    },
  };
}
