import type { CircuitBreaker, Clock, Random } from '@llm-memory-graph/resilience';
import { systemClock } from '@llm-memory-graph/resilience';
import { checkBearerKey, type Auth } from './auth.ts';
import { addHeaders } from './call.ts';
import { resolveCacheOptions, type CacheOptions, type ResolvedCacheOptions } from './cache/cache-options.ts';
import { InvalidConfigError } from './errors.ts';
import type { Fetch } from './fetch.ts';
import { harmless, silentLogger, type Logger } from './logger.ts';
import { checkOptions } from './option-check.ts';
import { httpClientSchema } from './options-schema.ts';

/** How often and how patiently a request is repeated. */
export interface RetrySettings {
  /** Attempts in all, the first included; an integer >= 1. @default 3 */
  readonly maxAttempts?: number;
  /** Wait before the second attempt, in ms. @default 100 */
  readonly initialDelayMs?: number;
  /** Longest wait between attempts, in ms. @default 5000 */
  readonly maxDelayMs?: number;
  /** Growth of the wait per attempt. @default 2 */
  readonly backoffMultiplier?: number;
  /** Whether an attempt that timed out is repeated. @default true */
  readonly retryOnTimeout?: boolean;
  /** Longest `Retry-After` that is waited for, in ms; a longer one ends the call with the hint. @default 60000 */
  readonly maxRetryAfterMs?: number;
}

/** When the circuit breaker of the service opens and closes. */
export interface BreakerSettings {
  /** Consecutive failures that open it. @default 5 */
  readonly failureThreshold?: number;
  /** Successful probes that close it. @default 2 */
  readonly successThreshold?: number;
  /** How long it stays open, in ms. @default 60000 */
  readonly openDurationMs?: number;
}

/** What the caller of {@link HttpClient} writes. */
export interface HttpClientOptions {
  /** Root of the service, `http:` or `https:`; a path prefix is kept. */
  readonly baseUrl: string;
  /** Name of the service in messages and of its circuit breaker. @default host of `baseUrl` */
  readonly service?: string;
  /** Bearer key. @default none */
  readonly auth?: Auth | undefined;
  /** Time of one attempt, body included, in ms. @default 30000 */
  readonly timeoutMs?: number;
  /** Time of a whole call, every attempt and wait included, in ms. @default no bound but the attempts' own */
  readonly deadlineMs?: number | undefined;
  readonly retry?: RetrySettings;
  /** Settings of an own breaker, a breaker to share, or `false` for none. @default an own one */
  readonly breaker?: BreakerSettings | CircuitBreaker | false;
  /** Largest body that is read, in bytes. @default 256 MiB */
  readonly maxResponseBytes?: number;
  /**
   * Answers of GETs that are kept: bounds, and how long unless the call says. `false` keeps nothing whatever a call
   * asks. @default only what a call asks for, within the default bounds
   */
  readonly cache?: CacheOptions | false | undefined;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default global `fetch` */
  readonly fetch?: Fetch;
  /** Gets a line per call: `debug` when it is done, `warn` when it failed. @default silent */
  readonly logger?: Logger;
  /**
   * Whether `logger` also gets a `debug` line per request sent and per answer, with their headers: names all, values
   * only where they are known to be harmless. @default false
   */
  readonly logExchanges?: boolean;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface ResolvedOptions {
  readonly baseUrl: string;
  readonly service: string;
  readonly auth: Auth | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number | undefined;
  readonly retry: Required<RetrySettings>;
  readonly breaker: BreakerSettings | CircuitBreaker | false;
  readonly maxResponseBytes: number;
  readonly cache: ResolvedCacheOptions | false;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
  readonly logger: Logger;
  readonly logExchanges: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

function checkBaseUrl(text: string | undefined): URL {
  if (text === undefined) throw new InvalidConfigError('baseUrl is required');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // What stands before an @ may be a password.
    throw new InvalidConfigError(
      `baseUrl must be an absolute URL${text.includes('@') ? '' : `, got ${JSON.stringify(text)}`}`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new InvalidConfigError(`baseUrl must start with http:// or https://, got ${url.protocol}`);
  if (url.username || url.password) throw new InvalidConfigError('baseUrl must not hold credentials; use auth');
  if (url.search || url.hash) throw new InvalidConfigError('baseUrl must not have a query or a fragment');
  return url;
}

function baseHeaders(more: HttpClientOptions['headers']): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (more) addHeaders(headers, more);
  return headers;
}

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveOptions(options: HttpClientOptions): ResolvedOptions {
  checkOptions(httpClientSchema, options, ['auth', 'headers']);
  const url = checkBaseUrl(options.baseUrl);
  if (typeof options.auth === 'string') checkBearerKey('auth', options.auth);
  const retry = options.retry ?? {};
  return {
    baseUrl: url.href.replace(/\/+$/, ''),
    service: options.service ?? url.host,
    auth: options.auth,
    timeoutMs: options.timeoutMs ?? 30_000,
    deadlineMs: options.deadlineMs,
    retry: {
      maxAttempts: retry.maxAttempts ?? 3,
      initialDelayMs: retry.initialDelayMs ?? 100,
      maxDelayMs: retry.maxDelayMs ?? 5_000,
      backoffMultiplier: retry.backoffMultiplier ?? 2,
      retryOnTimeout: retry.retryOnTimeout ?? true,
      maxRetryAfterMs: retry.maxRetryAfterMs ?? 60_000,
    },
    breaker: options.breaker ?? {},
    maxResponseBytes: options.maxResponseBytes ?? 256 * 1024 * 1024,
    cache: options.cache !== false && resolveCacheOptions(options.cache ?? {}),
    headers: baseHeaders(options.headers),
    // Looked up per call, so that a global fetch replaced later (a test, an instrumentation) is honoured.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    logger: options.logger ? harmless(options.logger) : silentLogger,
    logExchanges: options.logExchanges ?? false,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
