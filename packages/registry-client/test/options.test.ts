import { InvalidConfigError } from '@llm-memory-graph/http';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it, vi } from 'vitest';
import { RegistryClient, type RegistryClientOptions } from '../src/index.ts';
import { registryFor } from './registry.ts';

describe('options of RegistryClient', () => {
  it.each<[object, string]>([
    [{ baseUrl: 'nowhere' }, 'baseUrl must be an absolute URL, got "nowhere"'],
    [{ apiKey: 'a b' }, 'apiKey holds characters'],
    [{ apiKey: '' }, 'apiKey is empty'],
    [{ timeoutMs: -5 }, 'timeoutMs must be a number of ms in (0, 2147483647], got -5'],
    [{ cache: { models: { ttlMs: -1 } } }, 'cache.models.ttlMs must be a number of ms >= 0, got -1'],
    [{ cache: { usage: { staleMs: 1 } } }, 'cache.usage.ttlMs must be a number of ms >= 0, got undefined'],
    [{ cache: { sessions: { ttlMs: 1 } } }, 'there is no option cache.sessions'],
    [{ cache: { maxEntries: 0 } }, 'cache.maxEntries must be an integer >= 1, got 0'],
    [{ key: 'k' }, 'there is no option key'],
  ])('%j is refused', (options, message) => {
    expect(() => new RegistryClient(options as RegistryClientOptions)).toThrow(InvalidConfigError);
    expect(() => new RegistryClient(options as RegistryClientOptions)).toThrow(message);
  });

  it('of the environment are named by their variable, and a key is never shown', () => {
    const from = (env: Record<string, string>) => () => RegistryClient.fromEnv({}, env);
    expect(from({ REGISTRY_URL: 'secret' })).toThrow('REGISTRY_URL must be an absolute URL');
    expect(from({ REGISTRY_API_KEY: 'se cret' })).toThrow('REGISTRY_API_KEY holds characters');
    for (const make of [from({ REGISTRY_URL: 'secret' }), from({ REGISTRY_API_KEY: 'secret key' })])
      expect(make).not.toThrow(/secret/);
    expect(from({ REGISTRY_URL: '', REGISTRY_API_KEY: '' })()).toBeInstanceOf(RegistryClient);
  });

  it('given beside the environment win over it', async () => {
    const sent: Request[] = [];
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      sent.push(new Request(url, init));
      return new Response(null, { status: 200 });
    };
    const env = { REGISTRY_URL: 'http://one.test/api', REGISTRY_API_KEY: 'k-1' };
    await RegistryClient.fromEnv({ fetch }, env).deleteSession('s');
    await RegistryClient.fromEnv({ fetch, baseUrl: 'http://two.test', apiKey: 'k-2' }, env).deleteSession('s');
    expect(sent.map(({ url, headers }) => [new URL(url).host, headers.get('authorization')])).toEqual([
      ['one.test', 'Bearer k-1'],
      ['two.test', 'Bearer k-2'],
    ]);
  });

  it('are by default 30 s an attempt, 3 attempts, first wait 100 ms and longest 5 s', async () => {
    const clock = new TestClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    const lost = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));
    // Full jitter: the longest wait that may be drawn.
    const ends = { clock, random: () => 0.999_999, breaker: false, fetch: lost } as const;
    const timesOf = async (options: RegistryClientOptions): Promise<readonly number[]> => {
      setTimer.mockClear();
      const state = { done: false };
      const call = new RegistryClient({ ...ends, ...options }).getSession('s').catch(() => undefined);
      void call.then(() => (state.done = true));
      while (!state.done) await clock.advance(1_000);
      return setTimer.mock.calls.map(([ms]) => Math.round(ms));
    };
    expect(await timesOf({})).toEqual([30_000, 100, 30_000, 200, 30_000]);
    const waits = (await timesOf({ retry: { maxAttempts: 9 } })).filter((ms) => ms !== 30_000);
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('per call: all of them reach the request, and the raw answer the caller', async () => {
    const { client, sent } = registryFor();
    const statuses: number[] = [];
    const registry = client();
    await registry.registerSession(
      { sessionId: 's1', modelId: 'm' },
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
    const signal = AbortSignal.abort(reason);
    await expect(registry.getSession('s1', { signal })).rejects.toBe(reason);
  });
});
