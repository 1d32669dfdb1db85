import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** A child runs TypeScript as it is written, `using` included. */
const runsSource = Number(process.versions.node.split('.')[0]) >= 24;
const folder = fileURLToPath(new URL('..', import.meta.url));

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const readme = await readFile(`${folder}README.md`, 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const expected = [...code.matchAll(/console\.log.*\/\/ (.*)$/gm)].map(([, value]) => value);
  const args = ['--conditions=@llm-memory-graph/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  expect(expected).toHaveLength(3);
  expect(stdout.trim().split('\n')).toEqual(expected);
});
