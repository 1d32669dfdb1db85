import { expect, it } from 'vitest';
import { namesOf, runReadme, runsSource, untold } from '../../../readme.shared.ts';
import * as contract from '../src/index.ts';
import { cacheSchema } from '../src/cache/cache-options.ts';
import { poolSchema } from '../src/node/pool-options.ts';
import { breakerSchema, httpClientSchema, retrySchema } from '../src/options-schema.ts';
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

const options = [httpClientSchema, retrySchema, breakerSchema, cacheSchema, poolSchema].flatMap(({ shape }) =>
  Object.keys(shape),
);
const perCall = namesOf<contract.CallOptions>({
  signal: true,
  timeoutMs: true,
  deadlineMs: true,
  idempotencyKey: true,
  headers: true,
  cache: true,
  onAnswer: true,
});
const codes = namesOf<Record<contract.IntegrationErrorCode, 0>>({
  http: true,
  authentication: true,
  api: true,
  connection: true,
  timeout: true,
  circuit_open: true,
  invalid_config: true,
  serialization: true,
});
const fields = namesOf<contract.ErrorDetails>({
  retryable: true,
  method: true,
  path: true,
  status: true,
  requestId: true,
  problem: true,
  retryAfterMs: true,
  cause: true,
});

it.each([
  ['option', options],
  ['option of a call', perCall],
  ['kind of error', codes],
  ['field of errors', fields],
  ['value of the package', Object.keys(contract)],
])('the README tells of every %s', async (_what, names) => {
  expect(await untold(new URL('..', import.meta.url), names)).toEqual([]);
});
