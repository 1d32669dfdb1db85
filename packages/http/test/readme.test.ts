import { expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';
import { answer, problem, scriptedServer } from './scripted-server.ts';

const session = {
  session_id: 's-1',
  model_id: 'gpt-4',
  started_at: '2026-01-01T00:00:00Z',
  status: 'active',
  prompt_count: 0,
  total_tokens: 0,
};

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  await using server = await scriptedServer(answer(200, session), problem(404));
  const { printed, promised } = await runReadme(new URL('..', import.meta.url), undefined, {
    REGISTRY_URL: server.baseUrl,
    REGISTRY_API_KEY: 'k-1',
  });
  expect(promised).toHaveLength(2);
  expect(printed).toEqual(promised);
  expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Bearer k-1', 'idempotency-key': 'register:s-1' });
});
