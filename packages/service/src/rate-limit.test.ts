import { expect, it } from 'vitest';
import { problemOf } from '../test/note-service.ts';
import { jsonTextAnswer, resource, serviceApp } from './index.ts';
import type { Principal } from './principal.ts';
import { isProblemError } from './problem-error.ts';
import { rateGate } from './rate-limit.ts';

const someone = (): Principal => ({ tenant: 't', scopes: new Set() });

function refusal(gate: () => void): string | undefined {
  try {
    gate();
    return undefined;
  } catch (error) {
    return isProblemError(error) && error.status === 429 ? error.headers['retry-after'] : String(error);
  }
}

it('lets a burst through, then so many a second, each key for itself', () => {
  let now = 5;
  const gate = rateGate({ requestsPerSecond: 0.5, burst: 3 }, () => now);
  const [a, b] = [someone(), someone()];
  const ask = (principal: Principal) => refusal(() => gate(principal));
  expect([ask(a), ask(a), ask(a), ask(a), ask(a)]).toEqual([undefined, undefined, undefined, '2', '2']);
  expect(ask(b)).toBeUndefined();
  now += 1999;
  expect(ask(a)).toBe('1');
  now += 1;
  expect([ask(a), ask(a)]).toEqual([undefined, '2']);
  now += 1e9;
  expect([ask(a), ask(a), ask(a), ask(a)]).toEqual([undefined, undefined, undefined, '2']);
});

it('lets through exactly the rate in the long run', () => {
  let now = 0;
  const gate = rateGate({ requestsPerSecond: 7, burst: 1 }, () => now);
  const one = someone();
  let passed = 0;
  for (; now < 60_000; now += 1) if (refusal(() => gate(one)) === undefined) passed++;
  expect(passed).toBeGreaterThan(415);
  expect(passed).toBeLessThanOrEqual(420);
});

it('answers 429 with Retry-After, and never on open paths', async () => {
  const keys = [{ secret: 'a' }, { secret: 'b' }];
  const app = serviceApp({ name: 'lamps', keys, rateLimit: { requestsPerSecond: 1e-3, burst: 1 } });
  resource(app, '/lamps', { GET: () => jsonTextAnswer('[]') });
  resource(app, '/health', { GET: () => jsonTextAnswer('{}') });
  const get = (path: string, key: string) => app.request(path, { headers: { authorization: `Bearer ${key}` } });
  expect((await get('/lamps', 'a')).status).toBe(200);
  const second = await get('/lamps', 'a');
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1000']);
  expect(await problemOf(second)).toMatchObject({ type: '/problems/rate-limited' });
  expect((await get('/lamps', 'b')).status).toBe(200);
  expect((await get('/lamps', 'wrong')).status).toBe(401);
  for (let i = 0; i < 3; i++) expect((await get('/health', 'a')).status).toBe(200);
});

it.each([
  [{ requestsPerSecond: 0 }, 'rateLimit.requestsPerSecond must be a number > 0, got 0'],
  [{ requestsPerSecond: Number.POSITIVE_INFINITY }, 'rateLimit.requestsPerSecond'],
  [{ requestsPerSecond: 1, burst: 0 }, 'rateLimit.burst must be an integer >= 1, got 0'],
])('fails at construction with %o', (rateLimit, message) => {
  expect(() => serviceApp({ name: 'x', keys: [], rateLimit })).toThrow(message);
});
