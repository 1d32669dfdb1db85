import { circuitBreaker } from '@llm-memory-graph/resilience';
import { describe, expect, it } from 'vitest';
import { HttpClient, InvalidConfigError, type HttpClientOptions } from '../src/index.ts';

const baseUrl = 'http://localhost';
const made = (options: object) => () => new HttpClient({ baseUrl, ...options });

describe('options of HttpClient', () => {
  it.each<[object, string]>([
    [{ baseUrl: undefined }, 'baseUrl is required'],
    [{ baseUrl: 5 }, 'baseUrl must be a URL as a string, got 5'],
    [{ baseUrl: 'localhost:80' }, 'baseUrl must start with http:// or https://, got localhost:'],
    [{ baseUrl: 'nonsense' }, 'baseUrl must be an absolute URL, got "nonsense"'],
    [{ baseUrl: 'http://u:p@host' }, 'baseUrl must not hold credentials; use auth'],
    [{ baseUrl: 'http://host/?a=1' }, 'baseUrl must not have a query or a fragment'],
    [{ service: '' }, 'service must not be empty, got ""'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a number of ms in (0, 2147483647], got 0'],
    [{ timeoutMs: NaN }, 'timeoutMs must be a number of ms in (0, 2147483647], got NaN'],
    [{ timeoutMs: '30' }, 'timeoutMs must be a number of ms in (0, 2147483647], got "30"'],
    [{ timeoutMs: null }, 'timeoutMs must be a number of ms in (0, 2147483647], got null'],
    [{ deadlineMs: -1 }, 'deadlineMs must be a number of ms in (0, 2147483647], got -1'],
    [{ retry: { maxAttempts: 0 } }, 'retry: `maxAttempts` must be an integer >= 1'],
    [{ retry: { attempts: 3 } }, 'there is no option retry.attempts'],
    [{ retry: 3 }, 'retry must be an object of options, got 3'],
    [{ breaker: { failureThreshold: 0 } }, 'breaker: `failureThreshold` must be'],
    [{ breaker: { threshold: 1 } }, 'there is no option breaker.threshold'],
    [{ breaker: true }, 'breaker must be settings of a breaker, a breaker, or false, got true'],
    [{ maxResponseBytes: 0.5 }, 'maxResponseBytes must be an integer >= 1, got 0.5'],
    [{ headers: { 'x y': 'a' } }, 'headers.x y is not the name of a header'],
    [{ headers: { x: 5 } }, 'headers.x must be a string'],
    [{ fetch: 'fetch' }, 'fetch must be a function, got "fetch"'],
    [{ logger: { debug() {} } }, 'logger must be an object with debug, info, warn, error, got an object'],
    [{ logExchanges: 1 }, 'logExchanges must be true or false, got 1'],
    [{ clock: {} }, 'clock must be an object with now, monotonic, sleep, setTimer, got an object'],
    [{ random: 4 }, 'random must be a function, got 4'],
    [{ auth: '' }, 'auth is empty'],
    [{ auth: 5 }, 'auth must be a key or a function that gives one'],
    [{ cache: { maxEntries: 0 } }, 'cache.maxEntries must be an integer >= 1, got 0'],
    [{ cache: { maxBytes: 1.5 } }, 'cache.maxBytes must be an integer >= 1, got 1.5'],
    [{ cache: { ttlMs: -1 } }, 'cache.ttlMs must be a number of ms >= 0, got -1'],
    [{ cache: { ttlMs: 1, staleMs: NaN } }, 'cache.staleMs must be a number of ms >= 0, got NaN'],
    [{ cache: { staleMs: 1 } }, 'cache.staleMs needs ttlMs beside it, got 1'],
    [{ cache: { ttl: 1 } }, 'there is no option cache.ttl'],
    [{ cache: 5 }, 'cache must be options of a cache, or false, got 5'],
    [{ timeout: 5 }, 'there is no option timeout'],
  ])('%j is refused', (options, message) => {
    expect(made(options)).toThrow(InvalidConfigError);
    expect(made(options)).toThrow(message);
  });

  it('no message shows a key, a header or a password', () => {
    expect(made({ auth: 'secret\r\nx: y' })).toThrow(/^auth holds characters/);
    for (const options of [
      { auth: 'secret\r\nx: y' },
      { auth: { secret: 1 } },
      { headers: { x: 'secret\n' } },
      { headers: 'secret' },
      { baseUrl: 'http://user:secret@ho st' },
      { baseUrl: 'http://user:secret@host' },
      { baseUrl: 'http://host/?key=secret' },
    ])
      expect(made(options)).not.toThrow(/secret/);
  });

  it('all of them together are taken', () => {
    const log = (): void => undefined;
    const options: Required<HttpClientOptions> = {
      baseUrl,
      service: 'Test',
      auth: () => 'k',
      timeoutMs: 1,
      deadlineMs: 1,
      retry: {
        maxAttempts: 1,
        initialDelayMs: 1,
        maxDelayMs: 1,
        backoffMultiplier: 1,
        retryOnTimeout: false,
        maxRetryAfterMs: 0,
      },
      breaker: circuitBreaker(),
      maxResponseBytes: 1,
      cache: { ttlMs: 1, staleMs: 1, maxEntries: 1, maxBytes: 1 },
      headers: { 'x-mine': 'é' },
      fetch: globalThis.fetch,
      logger: { debug: log, info: log, warn: log, error: log },
      logExchanges: true,
      clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve(), setTimer: () => () => undefined },
      random: () => 0,
    };
    expect(new HttpClient(options).breaker).toBe(options.breaker);
    expect(
      new HttpClient({ baseUrl, breaker: { failureThreshold: 1, successThreshold: 1, openDurationMs: 1 } }),
    ).toBeInstanceOf(HttpClient);
  });
});
