import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** The line of `--json`. */
export interface Line {
  readonly sessions: number;
  readonly registered: number;
  readonly usage_reports: number;
  readonly archived: number;
  readonly failed: number;
  readonly skipped: number;
  readonly retention: Readonly<Record<string, number | string | null>> | null;
  readonly restored: number;
  readonly verified: number;
  readonly bytes_in: number;
  readonly bytes_stored: number;
  readonly duration_ms: number;
}

/** The demo as a child process, straight from source. */
export function startDemo(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--conditions=@llm-memory-graph/source', cli, ...args], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { child, done };
}

/** Runs the demo to its end. */
export async function runDemo(args: readonly string[], env?: Readonly<Record<string, string>>) {
  const result = await startDemo(args, env).done;
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  return { ...result, line: args.includes('--json') && result.stdout ? (JSON.parse(last) as Line) : undefined };
}

/** A folder that goes away with its scope. */
export function tempDir() {
  const path = mkdtempSync(join(tmpdir(), 'demo-'));
  return {
    path,
    write(name: string, content: unknown): string {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
