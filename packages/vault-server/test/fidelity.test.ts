import { gzipSync, zstdCompressSync } from 'node:zlib';

import { rawElements, rawMembers } from '@llm-memory-graph/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { testVault } from './test-vault.ts';

// Texts that parse and stringify would change, or that code that merges objects would trip over.
const number = fc.constantFrom(
  ...['1.0', '-0.0', '-0', '1e400', '-1E-400', '0.10', '1E+2', '12345678901234567890', '9007199254740993'],
  ...['0.1000000000000000055511151231257827', '2.50e-3', '0'],
);
const key = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '',
  'a',
  'é',
  '\\u0061',
  'a\\"b',
  '\\ud800',
  '{',
  ']',
);
const space = fc.constantFrom('', ' ', '\n\t', '  \r\n');
const text = fc.string({ maxLength: 8, unit: 'binary' }).map((value) => JSON.stringify(value));
const { value: json } = fc.letrec<{ value: string; members: string }>((tie) => ({
  members: fc
    .uniqueArray(fc.tuple(key, tie('value'), space), { maxLength: 4, selector: ([name]) => name })
    .map((members) => members.map(([name, value, gap]) => `${gap}"${name}"${gap}:${value}${gap}`).join(',')),
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'json' },
    number,
    text,
    fc.constantFrom('null', 'true', 'false', '"\\u2028\\/"', '{}', '[]', '[ ]'),
    tie('members').map((members) => `{${members}}`),
    fc.tuple(fc.array(tie('value'), { maxLength: 4 }), space).map(([items, gap]) => `[${gap}${items.join(`${gap},`)}]`),
  ),
}));

const wholeVault = testVault();
let archives = 0;

function entryText(id: string, data: string, metadata: string): string {
  return `{"id":"${id}","session_id":"s","retention_days":1,"metadata":${metadata},"data":${data}}`;
}

describe('number fidelity', () => {
  it('V1: gives every JSON text of data and metadata back as it came, alone and in a batch, sealed any way', async () => {
    const { ask } = wholeVault;
    const metadata = json.filter((value) => value.startsWith('{'));
    await fc.assert(
      fc.asyncProperty(json, json, metadata, fc.boolean(), fc.boolean(), async (one, two, more, encrypt, compress) => {
        const headers = { 'x-encryption-enabled': String(encrypt), 'x-compression-enabled': String(compress) };
        const [alone, first, second] = [0, 1, 2].map(() => `a${archives++}`) as [string, string, string];
        const single = await ask('POST', '/api/v1/archive', entryText(alone, one, more), headers);
        expect(single.status).toBe(200);
        const batch = ` [${entryText(first, one, '{}')} ,\n${entryText(second, two, more)}]`;
        expect(await (await ask('POST', '/api/v1/archive/batch', batch, headers)).json()).toMatchObject({ failed: [] });
        for (const [id, data] of [
          [alone, one],
          [first, one],
          [second, two],
        ] as const) {
          const members = rawMembers(await (await ask('GET', `/api/v1/archive/${id}`)).text());
          expect(members.get('data')).toBe(data);
          expect(members.get('metadata')).toBe(id === first ? '{}' : more);
        }
        const list = await (await ask('GET', `/api/v1/archive?session_id=s&page_size=1000`)).text();
        const told = rawElements(rawMembers(list).get('archives') ?? '[]').map(rawMembers);
        if (told.length < 1000)
          expect(told.find((archive) => archive.get('archive_id') === `"${alone}"`)?.get('metadata')).toBe(more);
      }),
      { numRuns: 100, seed: 3 },
    );
  }, 60_000);

  it('counts the same text as the same archive and any other text as another', async () => {
    const { ask } = testVault();
    const archive = async (data: string): Promise<number> =>
      (await ask('POST', '/api/v1/archive', entryText('n', data, '{}'))).status;
    expect(await archive('{"n":1.0}')).toBe(200);
    expect(await archive('{"n":1.0}')).toBe(200);
    for (const other of ['{"n":1}', '{"n":1.00}', '{"n":"1.0"}', '{"n":1.0,"__proto__":null}'])
      expect(await archive(other), other).toBe(409);
  });
});

describe('bombs', () => {
  const zeros = Buffer.alloc(64 * 2 ** 20);

  it.each([
    ['gzip', gzipSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
  ])('V7: a %s body that would become 64 MiB is a 413 problem', async (encoding, body) => {
    const { ask, json: read } = testVault({ limits: { maxBodyBytes: 2 ** 20 } });
    for (const path of ['/api/v1/archive', '/api/v1/archive/batch', '/api/v1/policies', '/api/v1/erasures']) {
      const answer = await ask('POST', path, body, { 'content-encoding': encoding });
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ type: '/problems/too-large' });
    }
    expect(await read('GET', '/api/v1/archive')).toMatchObject({ archives: [] });
  });

  it('V7: an encoding within an encoding is refused', async () => {
    const { ask } = testVault();
    const body = gzipSync(gzipSync('{}'));
    expect((await ask('POST', '/api/v1/archive', body, { 'content-encoding': 'gzip, gzip' })).status).toBe(415);
  });

  it('V7: nesting beyond the limit is a 400 problem, wherever it stands', async () => {
    const { ask } = testVault({ limits: { maxJsonDepth: 50 } });
    const deep = '['.repeat(60) + ']'.repeat(60);
    expect((await ask('POST', '/api/v1/archive', entryText('a', deep, '{}'))).status).toBe(400);
    expect((await ask('POST', '/api/v1/archive', entryText('a', '1', `{"m":${deep}}`))).status).toBe(400);
    expect((await ask('POST', '/api/v1/archive/batch', '['.repeat(1e6))).status).toBe(400);
  });
});

describe('rate limit', () => {
  it('answers 429 with Retry-After to the key that asks too often, and to no other', async () => {
    const { ask } = testVault({ rateLimit: { requestsPerSecond: 0.001, burst: 2 } });
    for (const status of [200, 200, 429]) expect((await ask('GET', '/api/v1/archive')).status).toBe(status);
    const limited = await ask('GET', '/api/v1/archive');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await limited.json()).toMatchObject({ type: '/problems/rate-limited' });
    const reader = { authorization: 'Bearer reader' };
    expect((await ask('GET', '/api/v1/archive', undefined, reader)).status).toBe(200);
    expect((await ask('GET', '/health')).status).toBe(200);
    expect(() => testVault({ rateLimit: { requestsPerSecond: 0 } })).toThrow('rateLimit.requestsPerSecond');
  });
});
