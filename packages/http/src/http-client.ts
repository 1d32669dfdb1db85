import { isContractViolation } from '@llm-memory-graph/contracts';
import type { CircuitBreaker, ExecutionContext } from '@llm-memory-graph/resilience';
import { createFetch, type FetchOptions } from 'ofetch';
import { currentKey } from './auth.ts';
import { discard, readBody } from './body.ts';
import { HttpError, SerializationError, type IntegrationError } from './errors.ts';
import { failureOfAnswer, failureOfTransport, type Place } from './failure.ts';
import { checkMs, resolveOptions, type HttpClientOptions, type ResolvedOptions } from './options.ts';
import { breakerOf, CallPolicies } from './policy.ts';
import { maxProblemBytes } from './problem.ts';
import type { CallOptions, Decoded, Decoder, HttpAnswer, HttpRequest } from './request.ts';

/** State of one call over its attempts. */
interface Call {
  readonly place: Place;
  readonly request: HttpRequest;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  attempts: number;
  refreshed: boolean;
}

/**
 * Sends requests to one service: bearer key, retry with back-off, circuit breaker, one deadline over everything, typed
 * errors. ofetch carries the request; its own retry, timeout, parsing and errors are off (its `signal` disables its
 * `timeout`, its timeout ends at the headers, its errors carry URL and token).
 *
 * @example
 * const http = new HttpClient({ baseUrl: 'http://localhost:8080', auth: key });
 * const { value } = await http.call({ method: 'GET', path: '/api/v1/models' }, json(modelPage));
 */
export class HttpClient {
  readonly #options: ResolvedOptions;
  readonly #send: (url: string, init: FetchOptions<'stream'>) => Promise<Response>;
  readonly #policies: CallPolicies;
  readonly #breaker: CircuitBreaker | undefined;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: HttpClientOptions) {
    this.#options = resolveOptions(options);
    const { fetch } = this.#options;
    const carrier = createFetch({ fetch: (input, init) => fetch(input as string, init ?? {}) });
    this.#send = (url, init) => carrier.raw(url, init);
    this.#breaker = breakerOf(this.#options);
    this.#policies = new CallPolicies(this.#options, this.#breaker);
  }

  /** The service's circuit breaker: its state, events and manual control. `undefined` when switched off. */
  get breaker(): CircuitBreaker | undefined {
    return this.#breaker;
  }

  /**
   * Sends a request and reads its answer.
   *
   * @throws {IntegrationError} of one of its eight kinds
   * @throws the reason of `options.signal` when that aborts
   */
  async call<T>(request: HttpRequest, decode: Decoder<T>, options: CallOptions = {}): Promise<Decoded<T>> {
    const call = this.#prepare(request, options);
    const started = this.#options.clock.monotonic();
    try {
      const answer = await this.#policies
        .for(options.timeoutMs === undefined ? this.#options.timeoutMs : checkMs('timeoutMs', options.timeoutMs))
        .execute((context) => this.#attempt(call, context), {
          signal: options.signal,
          deadlineMs: options.deadlineMs ?? this.#options.deadlineMs,
          // A POST of ours always carries a key under which the service answers a repeat as the first time.
          idempotent: request.method !== 'PATCH' || 'idempotency-key' in call.headers,
        });
      this.#log(call, answer.status, answer.requestId, started);
      return { value: this.#decode(call, answer, decode), answer };
    } catch (error) {
      if (options.signal?.aborted && error === options.signal.reason) throw error;
      throw this.#failure(call, error, started);
    }
  }

  #prepare(request: HttpRequest, options: CallOptions): Call {
    const { service, baseUrl, headers } = this.#options;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    const key = options.idempotencyKey ?? (request.method === 'POST' ? crypto.randomUUID() : undefined);
    return {
      place: { service, method: request.method, path: request.path },
      request,
      url: `${baseUrl}${request.path}${query.size > 0 ? `?${query.toString()}` : ''}`,
      headers: lowerCased({
        accept: request.accept ?? 'application/json, application/problem+json',
        ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...headers,
        ...request.headers,
        ...options.headers,
      }),
      attempts: 0,
      refreshed: false,
    };
  }

  async #attempt(call: Call, context: ExecutionContext): Promise<HttpAnswer> {
    call.attempts++;
    const { auth } = this.#options;
    const key = auth !== undefined && call.request.authenticated !== false ? await currentKey(auth) : undefined;
    const answer = await this.#exchange(call, context, key);
    if (!(answer instanceof Error)) return answer;
    if (answer.status === 401 && typeof auth === 'function' && key !== undefined && !call.refreshed) {
      call.refreshed = true;
      const fresh = await currentKey(auth);
      if (fresh !== key) {
        const replayed = await this.#exchange(call, context, fresh);
        if (!(replayed instanceof Error)) return replayed;
        throw replayed;
      }
    }
    throw answer;
  }

  /** One request on the wire: the answer, or the error that its status means. */
  async #exchange(
    call: Call,
    context: ExecutionContext,
    key: string | undefined,
  ): Promise<HttpAnswer | IntegrationError> {
    const { place, request } = call;
    const { signal } = context;
    const remainingMs = context.remainingMs();
    const response = await this.#send(call.url, {
      method: request.method,
      headers: {
        ...call.headers,
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(remainingMs !== undefined && { 'x-request-timeout-ms': String(Math.ceil(remainingMs)) }),
      },
      body: request.body ?? null,
      redirect: 'manual',
      signal,
      retry: false,
      ignoreResponseError: true,
      responseType: 'stream',
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      // ofetch wraps what the transport threw in an error that carries the URL; only the cause is of use.
      throw failureOfTransport(place, (error as Error).cause ?? error);
    });
    if (response.ok) return this.#answer(call, response, signal);
    const goneAlready =
      request.method === 'DELETE' && call.attempts > 1 && (response.status === 404 || response.status === 410);
    if (goneAlready) {
      // The answer to an earlier attempt was lost after the deletion.
      await discard(response);
      return {
        status: 204,
        headers: response.headers,
        requestId: requestIdOf(response),
        attempts: call.attempts,
        body: new Uint8Array(0),
      };
    }
    const body = await readBody(response, maxProblemBytes, signal, {}).catch(() => {
      signal.throwIfAborted();
      return new Uint8Array(0);
    });
    return failureOfAnswer(place, response, new TextDecoder().decode(body), this.#options.clock.now());
  }

  async #answer(call: Call, response: Response, signal: AbortSignal): Promise<HttpAnswer> {
    const { service, method, path } = call.place;
    const details = { method, path, status: response.status, retryable: false };
    const body = await readBody(response, this.#options.maxResponseBytes, signal, details).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof HttpError) throw error;
      throw new HttpError(`the answer of ${service} to ${method} ${path} was cut short`, {
        ...details,
        retryable: true,
        cause: error,
      });
    });
    return {
      status: response.status,
      headers: response.headers,
      requestId: requestIdOf(response),
      attempts: call.attempts,
      body,
    };
  }

  #decode<T>(call: Call, answer: HttpAnswer, decode: Decoder<T>): T {
    const { service, method, path } = call.place;
    try {
      return decode(answer);
    } catch (error) {
      const what = isContractViolation(error) ? error.message : 'it is not JSON in UTF-8';
      // Parser messages quote the text, so the cause is kept only when it is one of ours.
      throw new SerializationError(`the answer of ${service} to ${method} ${path} cannot be read: ${what}`, {
        method,
        path,
        status: answer.status,
        ...(answer.requestId && { requestId: answer.requestId }),
        ...(isContractViolation(error) && { cause: error }),
      });
    }
  }

  #failure(call: Call, error: unknown, started: number): IntegrationError {
    const { clock, logger } = this.#options;
    const failure = failureOfTransport(call.place, error);
    failure.attempts = call.attempts;
    failure.totalMs = clock.monotonic() - started;
    logger.warn(
      {
        ...call.place,
        code: failure.code,
        status: failure.status,
        requestId: failure.requestId,
        attempts: failure.attempts,
        totalMs: failure.totalMs,
      },
      'request failed',
    );
    return failure;
  }

  #log(call: Call, status: number, requestId: string | undefined, started: number): void {
    const totalMs = this.#options.clock.monotonic() - started;
    this.#options.logger.debug({ ...call.place, status, requestId, attempts: call.attempts, totalMs }, 'request done');
  }
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get('x-request-id') ?? undefined;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
