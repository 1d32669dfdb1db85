import { isContractViolation } from '@llm-memory-graph/contracts';
import type { CircuitBreaker } from '@llm-memory-graph/resilience';
import { currentKey } from './auth.ts';
import { resolveLife, type ResolvedLife } from './cache/cache-options.ts';
import { Caching } from './cache/caching.ts';
import { ResponseCache } from './cache/response-cache.ts';
import { checkCallOptions } from './call-options.ts';
import { prepareCall, type Call } from './call.ts';
import { isIntegrationError, SerializationError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { failureOfTransport } from './failure.ts';
import { silentLogger } from './logger.ts';
import { resolveOptions, type HttpClientOptions, type ResolvedOptions } from './options.ts';
import { breakerOf, CallPolicies } from './policy.ts';
import type { CallOptions, Decoded, Decoder, HttpAnswer, HttpRequest } from './request.ts';

/**
 * Sends requests to one service: bearer key, retry with back-off, circuit breaker, one deadline over everything, typed
 * errors, a cache for GETs that ask for it. ofetch carries the requests.
 *
 * @example
 * const http = new HttpClient({ baseUrl: 'http://localhost:8080', auth: key });
 * const { value } = await http.call({ method: 'GET', path: '/api/v1/models' }, json(modelPage));
 */
export class HttpClient {
  readonly #options: ResolvedOptions;
  readonly #exchange: Exchange;
  readonly #policies: CallPolicies;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #caching: Caching | undefined;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: HttpClientOptions) {
    this.#options = resolveOptions(options);
    const { cache, clock } = this.#options;
    this.#exchange = new Exchange(this.#options);
    this.#breaker = breakerOf(this.#options);
    this.#policies = new CallPolicies(this.#options, this.#breaker);
    this.#caching = cache === false ? undefined : new Caching(new ResponseCache(cache), clock);
  }

  /** The service's circuit breaker: its state, events and manual control. `undefined` when switched off. */
  get breaker(): CircuitBreaker | undefined {
    return this.#breaker;
  }

  /** The answers that are kept, to be invalidated. `undefined` when switched off. */
  get cache(): ResponseCache | undefined {
    return this.#caching?.cache;
  }

  /**
   * Sends a request and reads its answer.
   *
   * @throws {IntegrationError} of one of its eight kinds; `invalid_config` for an option of this call
   * @throws the reason of `options.signal` when that aborts
   */
  async call<T>(request: HttpRequest, decode: Decoder<T>, options: CallOptions = {}): Promise<Decoded<T>> {
    checkCallOptions(options);
    if (request.method === 'GET' || request.method === 'HEAD') {
      const life = this.#lifeOf(request, options);
      if (life !== undefined) return this.#cached(life, request, decode, options);
      return this.#sent(prepareCall(this.#options, request, options), decode, options);
    }
    try {
      return await this.#sent(prepareCall(this.#options, request, options), decode, options);
    } finally {
      // Whether it succeeded or not: the answer to a write that took place may be lost.
      for (const path of request.invalidates ?? [request.path]) this.cache?.invalidate(path);
    }
  }

  async #sent<T>(call: Call, decode: Decoder<T>, options: CallOptions): Promise<Decoded<T>> {
    const { timeoutMs, deadlineMs } = this.#options;
    let answer: HttpAnswer;
    try {
      answer = await this.#policies
        .for(options.timeoutMs ?? timeoutMs)
        .execute((context) => this.#exchange.attempt(call, context), {
          signal: options.signal,
          deadlineMs: options.deadlineMs ?? deadlineMs,
          // A POST of ours always carries a key under which the service answers a repeat as the first time.
          idempotent: call.request.method !== 'PATCH' || 'idempotency-key' in call.headers,
        });
    } catch (error) {
      throw this.#failure(call, error, options.signal);
    }
    options.onAnswer?.(answer);
    const value = this.#decoded(call, answer, decode);
    this.#log(call, answer);
    return { value, answer };
  }

  #lifeOf({ method }: HttpRequest, { cache }: CallOptions): ResolvedLife | undefined {
    if (this.#options.cache === false || method !== 'GET' || cache === false) return undefined;
    return cache === undefined ? this.#options.cache.life : resolveLife(cache);
  }

  async #cached<T>(
    life: ResolvedLife,
    request: HttpRequest,
    decode: Decoder<T>,
    options: CallOptions,
  ): Promise<Decoded<T>> {
    const { auth, deadlineMs } = this.#options;
    const { headers, signal, timeoutMs } = options;
    const call = prepareCall(this.#options, request, options);
    let answer: HttpAnswer;
    try {
      answer = await (this.#caching as Caching).answer({
        request,
        headers,
        principal: auth !== undefined && request.authenticated !== false ? await currentKey(auth) : '',
        life,
        signal,
        deadlineMs: options.deadlineMs ?? deadlineMs,
        ask: async (shared, etag) => {
          const asked = prepareCall(this.#options, request, options, etag);
          // An answer that cannot be read is an error like any other and is not kept.
          const readable: Decoder<unknown> = (received) => (received.status === 304 ? undefined : decode(received));
          const { answer: received } = await this.#sent(asked, readable, { headers, timeoutMs, signal: shared });
          return { answer: received, principal: asked.key ?? '' };
        },
      });
    } catch (error) {
      throw isIntegrationError(error) ? error : this.#failure(call, error, signal);
    }
    options.onAnswer?.(answer);
    return { value: this.#decoded(call, answer, decode), answer };
  }

  #decoded<T>(call: Call, answer: HttpAnswer, decode: Decoder<T>): T {
    const { service, method, path } = call.place;
    try {
      return decode(answer);
    } catch (error) {
      const what = isContractViolation(error) ? error.message : 'it is not JSON in UTF-8';
      // Parser messages quote the text, so the cause is kept only when it is one of ours.
      const failure = new SerializationError(`the answer of ${service} to ${method} ${path} cannot be read: ${what}`, {
        method,
        path,
        status: answer.status,
        requestId: answer.requestId,
        ...(isContractViolation(error) && { cause: error }),
      });
      throw this.#failure(call, failure);
    }
  }

  /** What a call that failed rejects with: the reason of its signal as it is, everything else as a typed error. */
  #failure(call: Call, error: unknown, signal?: AbortSignal): unknown {
    if (signal?.aborted && error === signal.reason) return error;
    const { clock, logger } = this.#options;
    const failure = failureOfTransport(call.place, error);
    failure.attempts = call.attempts;
    failure.totalMs = clock.monotonic() - call.started;
    const { code, status, requestId, attempts, totalMs } = failure;
    logger.warn({ ...call.place, code, status, requestId, attempts, totalMs }, 'request failed');
    return failure;
  }

  #log(call: Call, { status, requestId }: HttpAnswer): void {
    const { clock, logger } = this.#options;
    if (logger === silentLogger) return;
    const totalMs = clock.monotonic() - call.started;
    logger.debug({ ...call.place, status, requestId, attempts: call.attempts, totalMs }, 'request done');
  }
}
