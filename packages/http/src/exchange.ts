import { isTimeoutError, type ExecutionContext } from '@llm-memory-graph/resilience';
import { currentKey, type Auth } from './auth.ts';
import { discard, headerOf, readBody } from './body.ts';
import type { Call } from './call.ts';
import { carrierOver, type Carrier } from './carrier.ts';
import { HttpError, isIntegrationError } from './errors.ts';
import { ExchangeLog } from './exchange-log.ts';
import { failureOfAnswer, failureOfTransport } from './failure.ts';
import type { ResolvedOptions } from './options.ts';
import { maxProblemBytes } from './problem.ts';
import type { HttpAnswer } from './request.ts';

const noBody = new Uint8Array(0);

/** Sends requests and reads their answers: one attempt of a call, with a new key after a 401. */
export class Exchange {
  readonly #options: ResolvedOptions;
  readonly #send: Carrier;
  readonly #log: ExchangeLog | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#log = options.logExchanges ? new ExchangeLog(options) : undefined;
    this.#send = carrierOver(options.fetch);
  }

  attempt(call: Call, context: ExecutionContext): Promise<HttpAnswer> {
    call.attempts++;
    const { auth } = this.#options;
    if (call.request.authenticated !== false) {
      if (typeof auth === 'function') return this.#refreshed(call, context, auth);
      call.key = auth;
    }
    return this.#once(call, context);
  }

  /** With the current key, and after a 401 with a new one, once a call. */
  async #refreshed(call: Call, context: ExecutionContext, auth: Auth): Promise<HttpAnswer> {
    call.key = await currentKey(auth);
    try {
      return await this.#once(call, context);
    } catch (error) {
      if (call.refreshed || !isIntegrationError(error) || error.status !== 401) throw error;
      call.refreshed = true;
      const fresh = await currentKey(auth);
      if (fresh === call.key) throw error;
      call.key = fresh;
      return this.#once(call, context);
    }
  }

  /**
   * One request on the wire.
   *
   * @throws the error that its status means
   */
  async #once(call: Call, context: ExecutionContext): Promise<HttpAnswer> {
    const { signal } = context;
    const { method, body = null } = call.request;
    const headers = headersOf(call, context);
    const log = this.#log?.sent(call, headers);
    let response: Response;
    try {
      response = await this.#send(call.url, { method, headers, body, signal });
    } catch (error) {
      if (signal.aborted) log?.failed(isTimeoutError(signal.reason) ? 'timeout' : 'aborted');
      signal.throwIfAborted();
      const failure = failureOfTransport(call.place, error);
      log?.failed(failure.code);
      throw failure;
    }
    log?.answered(response);
    const { status } = response;
    if ((status < 200 || status >= 300) && !(status === 304 && call.etag !== undefined))
      return this.#notDone(call, response, signal);
    const details = { method, path: call.place.path, status, retryable: false };
    try {
      return new ReceivedAnswer(
        call,
        response,
        status,
        await readBody(response, this.#options.maxResponseBytes, signal, details),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (isIntegrationError(error)) throw error;
      const message = `the answer of ${call.place.service} to ${method} ${details.path} was cut short`;
      throw new HttpError(message, { ...details, retryable: true, cause: error });
    }
  }

  /** @throws the error that the status means, unless it is what an earlier attempt brought about */
  async #notDone(call: Call, response: Response, signal: AbortSignal): Promise<HttpAnswer> {
    const { status } = response;
    if (call.request.method === 'DELETE' && call.attempts > 1 && (status === 404 || status === 410)) {
      // The answer to an earlier attempt was lost after the deletion.
      await discard(response);
      return new ReceivedAnswer(call, response, 204, noBody);
    }
    const body = await readBody(response, maxProblemBytes, signal, {}).catch(() => {
      signal.throwIfAborted();
      return noBody;
    });
    throw failureOfAnswer(call.place, response, new TextDecoder().decode(body), this.#options.clock.now());
  }
}

function headersOf(call: Call, context: ExecutionContext): Record<string, string> {
  const headers = { ...call.headers };
  if (call.key !== undefined) headers['authorization'] = `Bearer ${call.key}`;
  const remainingMs = context.remainingMs();
  if (remainingMs !== undefined) headers['x-request-timeout-ms'] = String(Math.ceil(remainingMs));
  return headers;
}

// A class: a literal with a getter is a hidden class of its own per answer, which only a full collection frees.
class ReceivedAnswer implements HttpAnswer {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly attempts: number;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly #response: Response;

  constructor(call: Call, response: Response, status: number, body: Uint8Array<ArrayBuffer>) {
    this.status = status;
    this.requestId = headerOf(response, 'x-request-id');
    this.attempts = call.attempts;
    this.body = body;
    this.#response = response;
  }

  /** Few callers look at them, and a transport may have to make them first. */
  get headers(): Headers {
    return this.#response.headers;
  }
}
