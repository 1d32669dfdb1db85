import { readdir, readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';

const folder = new URL('..', import.meta.url);

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const { printed, promised } = await runReadme(folder);
  expect(promised).toHaveLength(2);
  expect(printed).toEqual(promised);
});

it.skipIf(!runsSource)("the auditor's example of docs/operations.md runs (needs Node 24)", async () => {
  const { printed, promised } = await runReadme(folder, new URL('../../docs/operations.md', folder));
  expect(promised).toHaveLength(2);
  expect(printed).toEqual(promised);
});

it('documents every type of problem that it answers with', async () => {
  const sources = (await readdir(new URL('src/', folder), { recursive: true })).filter((name) => name.endsWith('.ts'));
  const readme = await readFile(new URL('README.md', folder), 'utf8');
  const types = new Set<string>();
  for (const name of sources) {
    const source = await readFile(new URL(`src/${name}`, folder), 'utf8');
    for (const [, type] of source.matchAll(/problem\(\s*\d{3},\s*'([a-z-]+)'/g)) types.add(type ?? '');
  }
  expect(types.size).toBeGreaterThan(20);
  for (const type of types) expect(readme, type).toContain(`\`${type}\``);
});
