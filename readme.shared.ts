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

/** The names of `T`, every one of them: the compiler asks for those that are left out. */
export function namesOf<T>(names: Record<keyof T, true>): string[] {
  return Object.keys(names);
}

/** The public methods of classes. */
export function methodsOf(...classes: readonly { readonly prototype: object }[]): string[] {
  return classes.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor'),
  );
}

/** Which of `names` the README in `folder` does not tell of in code, its examples left out. */
export async function untold(folder: URL, names: readonly string[]): Promise<string[]> {
  const text = (await readFile(new URL('README.md', folder), 'utf8')).replaceAll(/```[\s\S]*?```/g, '');
  const code = new Set([...text.matchAll(/`([^`]+)`/g)].flatMap(([, span = '']) => span.match(/[\w-]+/g) ?? []));
  return names.filter((name) => !code.has(name));
}
