import { expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const { printed, promised } = await runReadme(new URL('..', import.meta.url));
  expect(promised).toHaveLength(2);
  expect(printed).toEqual(promised);
});
