import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRegistryServer, memoryRegistryStore, type RegistryStore } from '../src/index.ts';
import { sqliteRegistryStore } from '../src/node.ts';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

const id = fc.oneof(
  fc.constantFrom(
    's',
    'gpt-4',
    '..',
    '%2e%2e',
    '%00',
    '%2F',
    'a%2Fb',
    '%',
    '%zz',
    '%ff',
    '%F0%9F%98%80',
    ' ',
    '__proto__',
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc.oneof(
  fc.constantFrom(
    '/api/v1/sessions',
    '/api/v1/models',
    '/api/v1/usage',
    '/api/v1/usage/batch',
    '/health',
    '/nothing',
    '//',
    '/',
  ),
  fc
    .tuple(fc.constantFrom('sessions', 'models'), id, fc.constantFrom('', '/status', '/usage', '/x'))
    .map(([kind, name, rest]) => `/api/v1/${kind}/${name}${rest}`),
);
const query = fc.oneof(
  fc.constant(''),
  fc
    .tuple(
      fc.constantFrom('page', 'page_size', 'cursor', 'status', 'model_id', 'tag', 'started_before', 'started_after'),
      fc.oneof(
        fc.constantFrom(
          '1',
          '0',
          '-1',
          '1e9',
          '99999999999999999999',
          'active',
          '2026-01-01T00:00:00Z',
          'W10',
          'WyIxIiwiMSJd',
        ),
        fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
      ),
    )
    .map(([name, value]) => `?${name}=${value}`),
);

const field = fc.constantFrom(
  ...['session_id', 'model_id', 'model_version', 'started_at', 'metadata', 'tags', 'status', 'reports', 'timestamp'],
  ...['prompt_tokens', 'completion_tokens', 'total_tokens', 'latency_ms', 'report_id', '__proto__', 'constructor'],
);
const value = fc.oneof(
  fc.constantFrom(
    '"s"',
    '"gpt-4"',
    '1',
    '0',
    '9223372036854775807',
    '9223372036854775808',
    '1e400',
    '-1',
    '1.5',
    'null',
  ),
  fc.constantFrom(
    '"active"',
    '"2026-01-01T00:00:00.123456789Z"',
    '"\\ud800"',
    '"\\u0000"',
    '{}',
    '[]',
    '[{}]',
    '{"a":1,"a":2}',
  ),
  fc.constantFrom(
    '"0000-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59-23:59"',
    '"2026-13-01T00:00:00Z"',
    '"+275760-09-13T00:00:00Z"',
  ),
  fc.json({ maxDepth: 4 }),
);
const object = fc
  .array(fc.tuple(field, value), { maxLength: 9 })
  .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`);
const likely = fc
  .array(fc.tuple(field, value), { maxLength: 2 })
  .map(
    (changes) =>
      `{"session_id":"s","model_id":"gpt-4","prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"status":"active"${changes
        .map(([name, text]) => `,${JSON.stringify(name)}:${text}`)
        .join('')}}`,
  );
const utf8 = (text: string) => new TextEncoder().encode(text);
const body = fc.oneof(
  likely.map(utf8),
  object.map(utf8),
  likely.map((report) => utf8(`{"reports":[${report}]}`)),
  fc.integer({ min: 1, max: 5000 }).map((depth) => utf8('['.repeat(depth))),
  fc.uint8Array({ maxLength: 64 }),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'content-encoding',
    'accept',
    'idempotency-key',
    'if-none-match',
    'x-request-id',
    'authorization',
  ),
  fc.oneof(
    fc.constantFrom('application/json', 'text/plain', 'gzip', 'zstd', 'br', '*/*', 'k', '"k"', '*', 'Bearer x'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }).map((text) => text.replace(/[^\x21-\x7e]/g, '')),
  ),
  { maxKeys: 3 },
);

const odd = fc.record({ method: fc.constantFrom(...methods), path, query, body, headers });
const plausible = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom('/api/v1/sessions', '/api/v1/usage'),
  query: fc.constant(''),
  body: likely.map(utf8),
  headers: fc.constant({}),
});
const request = fc.oneof(odd, plausible);

describe.each<[string, () => RegistryStore]>([
  ['in memory', memoryRegistryStore],
  ['on SQLite', () => sqliteRegistryStore({ path: ':memory:' })],
])('a registry %s', (_kind, open) => {
  it('answers whatever comes, never with a 500, and every error as a problem', async () => {
    const store = open();
    const failures: object[] = [];
    const seen = new Set<number>();
    const quiet = (): void => {};
    const logger = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void failures.push(fields) };
    const { fetch } = createRegistryServer({ store, logger });
    await fetch(
      new Request('http://registry/api/v1/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"session_id":"s","model_id":"gpt-4"}',
      }),
    );
    const property = fc.asyncProperty(request, async (given) => {
      const { method } = given;
      const init = { method, headers: { 'content-type': 'application/json', ...given.headers } };
      const target = `http://registry${given.path}${given.query}`;
      const sent = new Request(target, method === 'GET' || method === 'HEAD' ? init : { ...init, body: given.body });
      const answer = await fetch(sent, { incoming: { url: given.path + given.query } });
      const text = await answer.text();
      seen.add(answer.status);
      expect(failures).toEqual([]);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers.get('x-request-id')).toBeTruthy();
      if (answer.status < 400) {
        if (answer.status === 200 && method !== 'HEAD') JSON.parse(text);
        return;
      }
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ status: answer.status });
    });
    await fc.assert(property, { numRuns: 3000 });
    // The requests are odd, but not so odd that nothing gets through.
    expect([...seen]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 405]));
    await store.close();
  });
});
