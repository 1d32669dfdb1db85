import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Whether a child of this process runs TypeScript as it is written, `using` included. */
export const runsSource = Number(process.versions.node.split('.')[0]) >= 24;

/** What an example prints, and what the comments behind its `console.log` calls promise, line by line. */
export interface ReadmeRun {
  readonly printed: readonly string[];
  readonly promised: readonly string[];
}

/** Runs the first `ts` block of the README in `folder` from source, in a child process. */
export async function runReadme(
  folder: URL,
  readme = new URL('README.md', folder),
  env: NodeJS.ProcessEnv = {},
): Promise<ReadmeRun> {
  const code = /```ts\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8'))?.[1] ?? '';
  const promised = [...code.matchAll(/console\.log.*\/\/ (.*)$/gm)].map(([, value]) => value ?? '');
  const args = ['--conditions=@llm-memory-graph/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(folder),
    env: { ...process.env, ...env },
  });
  return { printed: stdout.trim().split('\n'), promised };
}
