import { InvalidConfigError } from '@llm-memory-graph/http';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it, vi } from 'vitest';
import { VaultClient, type VaultClientOptions } from '../src/index.ts';
import { vaultFor } from './vault.ts';

const apiKey = 'k';

describe('options of VaultClient', () => {
  it.each<[object, string]>([
    [{ apiKey: '' }, 'apiKey is required'],
    [{ apiKey: 'a b' }, 'apiKey holds characters'],
    [{ apiKey, baseUrl: 'nowhere' }, 'baseUrl must be an absolute URL, got "nowhere"'],
    [{ apiKey, timeoutMs: 0 }, 'timeoutMs must be a number of ms in (0, 2147483647], got 0'],
    [{ apiKey, batchSize: 0 }, 'batchSize must be an integer >= 1, got 0'],
    [{ apiKey, maxBatchBytes: 0.5 }, 'maxBatchBytes must be an integer >= 1, got 0.5'],
    [{ apiKey, encryptionEnabled: 'no' }, 'encryptionEnabled must be true or false, got "no"'],
    [{ apiKey, compressionEnabled: 0 }, 'compressionEnabled must be true or false, got 0'],
    [{ apiKey, sealer: { seal: () => 1 } }, 'sealer must be an object with seal, open, got an object'],
    [{ apiKey, cache: { archives: { ttlMs: -1 } } }, 'cache.archives.ttlMs must be a number of ms >= 0, got -1'],
    [{ apiKey, cache: { policies: { staleMs: 1 } } }, 'cache.policies.ttlMs must be a number of ms >= 0'],
    [{ apiKey, cache: { content: { ttlMs: 1 } } }, 'there is no option cache.content'],
    [{ apiKey, key: 'x' }, 'there is no option key'],
  ])('%j is refused', (options, message) => {
    expect(() => new VaultClient(options as VaultClientOptions)).toThrow(InvalidConfigError);
    expect(() => new VaultClient(options as VaultClientOptions)).toThrow(message);
  });

  it('of the environment are named by their variable, and none is shown', () => {
    const from = (env: Record<string, string>) => () => VaultClient.fromEnv({}, env);
    expect(from({})).toThrow('VAULT_API_KEY is required');
    expect(from({ VAULT_API_KEY: 'se cret' })).toThrow('VAULT_API_KEY holds characters');
    expect(from({ VAULT_API_KEY: 'k', VAULT_URL: 'secret' })).toThrow('VAULT_URL must be an absolute URL');
    for (const make of [from({ VAULT_API_KEY: 'secret key' }), from({ VAULT_API_KEY: 'k', VAULT_URL: 'secret' })])
      expect(make).not.toThrow(/secret/);
    expect(from({ VAULT_API_KEY: 'k', VAULT_URL: '' })()).toBeInstanceOf(VaultClient);
  });

  it('given beside the environment win over it', async () => {
    const sent: Request[] = [];
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      sent.push(new Request(url, init));
      return new Response(null, { status: 204 });
    };
    const env = { VAULT_URL: 'http://one.test/vault', VAULT_API_KEY: 'k-1' };
    await VaultClient.fromEnv({ fetch }, env).deleteArchive('a');
    await VaultClient.fromEnv({ fetch, baseUrl: 'http://two.test', apiKey: 'k-2' }, env).deleteArchive('a');
    await VaultClient.fromEnv({ fetch, apiKey: 'k-3' }, {}).deleteArchive('a');
    expect(sent.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['http://one.test/vault/api/v1/archive/a', 'Bearer k-1'],
      ['http://two.test/api/v1/archive/a', 'Bearer k-2'],
      ['http://localhost:9000/api/v1/archive/a', 'Bearer k-3'],
    ]);
  });

  it('are by default 60 s an attempt, 3 attempts, first wait 200 ms and longest 5 s, 100 sessions a request', async () => {
    const clock = new TestClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    const lost = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));
    // Full jitter: the longest wait that may be drawn.
    const ends = { apiKey, clock, random: () => 0.999_999, breaker: false, fetch: lost } as const;
    const timesOf = async (options: Partial<VaultClientOptions>): Promise<readonly number[]> => {
      setTimer.mockClear();
      const call = new VaultClient({ ...ends, ...options }).getArchiveMetadata('a').catch(() => undefined);
      const state = { done: false };
      void call.then(() => (state.done = true));
      while (!state.done) await clock.advance(1_000);
      return setTimer.mock.calls.map(([ms]) => Math.round(ms));
    };
    expect(await timesOf({})).toEqual([60_000, 200, 60_000, 400, 60_000]);
    const waits = (await timesOf({ retry: { maxAttempts: 8 } })).filter((ms) => ms !== 60_000);
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);

    const { client, sent } = vaultFor();
    await client().batchArchive(Array.from({ length: 101 }, (_, i) => ({ sessionId: `s${String(i)}`, data: i })));
    expect(sent.map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as unknown[]).length)).toEqual([100, 1]);
  });

  it('per call: all of them reach the request, and the raw answer the caller', async () => {
    const { client, sent } = vaultFor();
    const statuses: number[] = [];
    const vault = client();
    await vault.archiveSession(
      { sessionId: 's', data: 1 },
      {
        timeoutMs: 5_000,
        deadlineMs: 4_000,
        idempotencyKey: 'mine',
        headers: { 'X-Trace': 't-1' },
        signal: new AbortController().signal,
        onAnswer: ({ status, requestId, attempts }) => statuses.push(status, attempts, requestId ? 1 : 0),
      },
    );
    expect(sent[0]?.headers.get('idempotency-key')).toBe('mine');
    expect(sent[0]?.headers.get('x-trace')).toBe('t-1');
    expect(Number(sent[0]?.headers.get('x-request-timeout-ms'))).toBeLessThanOrEqual(4_000);
    expect([200, 201]).toContain(statuses[0]);
    expect(statuses.slice(1)).toEqual([1, 1]);
    const reason = new Error('enough');
    await expect(vault.healthCheck({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
