import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
// What the examples print where they run, in the order of the README.
const printed = [/^\{ name: 'Ada' \}$/, /^$/, /^\[ 'a row' \]$/, /^5$/, /^ok 2$/];

// Inside the package, so that it can import itself by name.
let directory: string;
beforeAll(async () => {
  await mkdir(join(root, '.vitest'), { recursive: true });
  directory = await mkdtemp(join(root, '.vitest', 'readme-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('README', () => {
  it('has as many examples as this test knows', () => {
    expect(examples).toHaveLength(printed.length);
  });

  it.each(printed.map((pattern, index) => [index + 1, pattern] as const))(
    'example %i runs',
    async (number, pattern) => {
      const file = join(directory, `example-${number}.ts`);
      const network = 'globalThis.fetch = () => Promise.resolve(Response.json({ name: "Ada" }));\n';
      // `await using` is native from Node 24 on only.
      const code = (examples[number - 1] ?? '').replace('await using persistence', 'const persistence');
      await writeFile(file, network + code);
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=@llm-memory-graph/source', '--disable-warning=ExperimentalWarning', file],
        { cwd: directory },
      );
      expect(stdout.trim()).toMatch(pattern);
    },
  );
});
