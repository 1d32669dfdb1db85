import { isIntegrationError } from '@llm-memory-graph/http';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { VaultClient, type VaultClientOptions } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';
import { served } from './served.ts';
import { apiKey, vaultFor } from './vault.ts';

const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });
const inputs = Array.from({ length: 9 }, (_, i) => ({ id: `a${String(i)}`, sessionId: `s${String(i)}`, data: i }));
const secret = 'words nobody else may read';

type Answer = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** A real vault behind a socket; `answer` may lose, delay or spoil what passes. */
async function faulty(answer: Answer, options: Partial<VaultClientOptions> = {}) {
  const { server, client } = vaultFor();
  const keys: (string | null)[] = [];
  const next = async (request: Request): Promise<Response> => server.fetch(request);
  const socket = await served((request) => {
    if (request.method === 'POST') keys.push(request.headers.get('idempotency-key'));
    return answer(request, next);
  });
  const retry = { initialDelayMs: 1, maxDelayMs: 2 };
  const vault = new VaultClient({ apiKey, baseUrl: socket.url, retry, ...options });
  return { vault, keys, direct: client({ sealer }), [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}

/** Thrown by a handler: the connection is dropped. */
const dropped = new Error('dropped');

async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  return error as unknown as Record<string, unknown>;
}

describe.each([
  ['sealed by the vault', {}],
  ['sealed by the client', { sealer }],
])('over a socket that fails, %s', (_name, sealing) => {
  it('H5: an answer lost after the commit is one archive, under one key', async () => {
    let posts = 0;
    await using at = await faulty(async (request, next) => {
      const response = await next(request);
      if (request.method === 'POST' && posts++ === 0) throw dropped;
      return response;
    }, sealing);
    const receipt = await at.vault.archiveSession(inputs[0]!);
    expect(receipt).toMatchObject({ archiveId: 'a0', duplicate: true });
    expect(at.keys).toHaveLength(2);
    expect(new Set(at.keys).size).toBe(1);
    expect((await at.direct.listArchives()).archives).toHaveLength(1);
  });

  it('H5: a batch whose connections break in the middle, before and after the commit, is archived once', async () => {
    let posts = 0;
    await using at = await faulty(
      async (request, next) => {
        if (request.method !== 'POST') return next(request);
        const turn = posts++ % 3;
        if (turn === 0) throw dropped;
        const response = await next(request);
        if (turn === 1) throw dropped;
        return response;
      },
      { ...sealing, batchSize: 2 },
    );
    const outcome = await at.vault.batchArchive(inputs);
    expect(outcome.archived).toEqual(inputs.map(({ id }) => id));
    expect(outcome.results.map((result) => result.ok && result.sessionId)).toEqual(
      inputs.map((each) => each.sessionId),
    );
    expect((await at.direct.listArchives()).archives).toHaveLength(9);
  });

  it('loses no success of a batch half of whose requests fail for good, and says what may be sent again', async () => {
    let posts = 0;
    await using at = await faulty(
      async (request, next) => {
        if (request.method === 'POST' && ++posts > 4) throw dropped;
        return next(request);
      },
      { ...sealing, batchSize: 2, retry: { maxAttempts: 1 }, breaker: false },
    );
    const first = await at.vault.batchArchive(inputs);
    expect(first.archived).toEqual(inputs.slice(0, 8).map(({ id }) => id));
    expect(first.failed).toMatchObject([{ archiveId: 'a8', sessionId: 's8', retryable: true }]);
    posts = 0;
    const again = await at.vault.batchArchive([{ ...inputs[8]!, id: first.failed[0]!.archiveId }]);
    expect(again.archived).toEqual(['a8']);
  });

  it('an answer that was lost for good is found again by the same id', async () => {
    let deaf = true;
    await using at = await faulty(
      async (request, next) => {
        const response = await next(request);
        if (deaf) throw dropped;
        return response;
      },
      { ...sealing, retry: { maxAttempts: 2, initialDelayMs: 1 } },
    );
    expect(await failureOf(at.vault.batchArchive(inputs))).toMatchObject({ code: 'connection', attempts: 2 });
    deaf = false;
    const { results } = await at.vault.batchArchive(inputs);
    expect(results.map((result) => result.ok && result.receipt?.duplicate)).toEqual(inputs.map(() => true));
  });

  it('halves a batch that the service finds too large', async () => {
    const sizes: number[] = [];
    await using at = await faulty(async (request, next) => {
      const body = new Uint8Array(await request.clone().arrayBuffer());
      if (!request.url.endsWith('/batch') || body.length <= 800) return next(request);
      sizes.push(body.length);
      return new Response('{"title":"too large"}', {
        status: 413,
        headers: { 'content-type': 'application/problem+json' },
      });
    }, sealing);
    const { archived } = await at.vault.batchArchive(inputs);
    expect(archived).toEqual(inputs.map(({ id }) => id));
    expect(sizes.length).toBeGreaterThan(0);
  });

  it('keeps what was archived when the caller gives up in the middle', async () => {
    const abort = new AbortController();
    let posts = 0;
    await using at = await faulty(
      async (request, next) => {
        if (request.method === 'POST' && ++posts === 3) abort.abort(new Error('enough'));
        return next(request);
      },
      { ...sealing, batchSize: 3 },
    );
    const { archived, failed } = await at.vault.batchArchive(inputs, { signal: abort.signal });
    expect(archived).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
    expect(failed.map(({ archiveId, retryable }) => [archiveId, retryable])).toEqual([
      ['a6', true],
      ['a7', true],
      ['a8', true],
    ]);
  });
});

describe('over a socket', () => {
  it('H1: one deadline ends a call whose body stalls', async () => {
    await using at = await faulty(async (request, next) => {
      if (!request.url.endsWith('/content')) return next(request);
      return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(10)) }));
    });
    await at.direct.archiveSession(inputs[0]!);
    expect(await failureOf(at.vault.verifyArchive('a0', { deadlineMs: 1_000 }))).toMatchObject({
      code: 'timeout',
      path: '/api/v1/archive/a0/content',
    });
  });

  it('H4: asks no sooner than the vault says, and gives up now when that is too late', async () => {
    await using at = await faulty(async () => new Response('', { status: 503, headers: { 'retry-after': '3600' } }));
    expect(await failureOf(at.vault.archiveSession(inputs[0]!))).toMatchObject({
      ...{ code: 'api', status: 503, attempts: 1, retryable: true, retryAfterMs: 3_600_000 },
    });
    expect(at.keys).toHaveLength(1);
  });

  it('H6: an error says what, where and how often, and holds no key and no content', async () => {
    const problem = {
      type: '/problems/archive-conflict',
      title: 'Conflict',
      status: 409,
      detail: 'other content',
      request_id: 'r-1',
    };
    const headers = { 'content-type': 'application/problem+json', 'x-request-id': 'r-1' };
    await using at = await faulty(async () => new Response(JSON.stringify(problem), { status: 409, headers }));
    const error = await failureOf(at.vault.archiveSession({ ...inputs[0]!, data: secret }));
    expect(error).toMatchObject({
      ...{ name: 'ApiError', code: 'api', status: 409, method: 'POST', path: '/api/v1/archive' },
      ...{ requestId: 'r-1', attempts: 1, retryable: false, problem: { type: '/problems/archive-conflict' } },
    });
    const text = JSON.stringify(error) + String(error['message']) + String(error['stack']);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(apiKey);
  });

  it('H8: a new key after a 401, once', async () => {
    const given = ['old', apiKey];
    await using at = await faulty((request, next) => next(request), { apiKey: () => given.shift() ?? 'none' });
    expect(await at.vault.archiveSession(inputs[0]!)).toMatchObject({ archiveId: 'a0' });
    expect(given).toEqual([]);
  });
});
