import { isTimeoutError, type ExecutionContext } from '@llm-memory-graph/resilience';
import { currentKey } from './auth.ts';
import { discard, headerOf, readBody } from './body.ts';
import type { Call } from './call.ts';
import { carrierOver, type Carrier } from './carrier.ts';
import { HttpError, isIntegrationError, type IntegrationError } from './errors.ts';
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

  async attempt(call: Call, context: ExecutionContext): Promise<HttpAnswer> {
    call.attempts++;
    const { auth } = this.#options;
    if (auth === undefined || call.request.authenticated === false)
      return answerOrThrow(await this.#once(call, context));
    call.key = typeof auth === 'string' ? auth : await currentKey(auth);
    const outcome = await this.#once(call, context);
    if (outcome instanceof Error && outcome.status === 401 && typeof auth === 'function' && !call.refreshed) {
      call.refreshed = true;
      const fresh = await currentKey(auth);
      if (fresh !== call.key) {
        call.key = fresh;
        return answerOrThrow(await this.#once(call, context));
      }
    }
    return answerOrThrow(outcome);
  }

  /** One request on the wire: the answer, or the error that its status means. */
  async #once(call: Call, context: ExecutionContext): Promise<HttpAnswer | IntegrationError> {
    const { signal } = context;
    const response = await this.#sent(call, context);
    const { status } = response;
    if ((status >= 200 && status < 300) || (status === 304 && call.etag !== undefined))
      return this.#answer(call, response, signal);
    if (call.request.method === 'DELETE' && call.attempts > 1 && (status === 404 || status === 410)) {
      // The answer to an earlier attempt was lost after the deletion.
      await discard(response);
      return new ReceivedAnswer(call, response, 204, noBody);
    }
    const body = await readBody(response, maxProblemBytes, signal, {}).catch(() => {
      signal.throwIfAborted();
      return noBody;
    });
    return failureOfAnswer(call.place, response, new TextDecoder().decode(body), this.#options.clock.now());
  }

  async #sent(call: Call, context: ExecutionContext): Promise<Response> {
    const { signal } = context;
    const headers = { ...call.headers };
    if (call.key !== undefined) headers['authorization'] = `Bearer ${call.key}`;
    const remainingMs = context.remainingMs();
    if (remainingMs !== undefined) headers['x-request-timeout-ms'] = String(Math.ceil(remainingMs));
    const { method, body = null } = call.request;
    const log = this.#log?.sent(call, headers);
    try {
      const response = await this.#send(call.url, { method, headers, body, signal });
      log?.answered(response);
      return response;
    } catch (error) {
      if (signal.aborted) log?.failed(isTimeoutError(signal.reason) ? 'timeout' : 'aborted');
      signal.throwIfAborted();
      const failure = failureOfTransport(call.place, error);
      log?.failed(failure.code);
      throw failure;
    }
  }

  async #answer(call: Call, response: Response, signal: AbortSignal): Promise<HttpAnswer> {
    const { service, method, path } = call.place;
    const details = { method, path, status: response.status, retryable: false };
    try {
      const body = await readBody(response, this.#options.maxResponseBytes, signal, details);
      return new ReceivedAnswer(call, response, response.status, body);
    } catch (error) {
      signal.throwIfAborted();
      if (isIntegrationError(error)) throw error;
      throw new HttpError(`the answer of ${service} to ${method} ${path} was cut short`, {
        ...details,
        retryable: true,
        cause: error,
      });
    }
  }
}

function answerOrThrow(outcome: HttpAnswer | IntegrationError): HttpAnswer {
  if (outcome instanceof Error) throw outcome;
  return outcome;
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
