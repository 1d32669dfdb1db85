import { isCircuitOpenError, isTimeoutError, parseRetryAfter } from '@llm-memory-graph/resilience';
import {
  ApiError,
  AuthenticationError,
  CircuitBreakerOpenError,
  ConnectionError,
  HttpError,
  isIntegrationError,
  RequestTimeoutError,
  type ErrorDetails,
  type IntegrationError,
} from './errors.ts';
import { parseProblem } from './problem.ts';

/** Where a failure happened. */
export interface Place {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

// RFC 9110: 408 and 429 ask for a repeat; 501 and 505 will not change by repeating.
function isTransient(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** The error of an answer that is not 2xx. */
export function failureOfAnswer(place: Place, response: Response, body: string, nowMs: number): IntegrationError {
  const { status, headers } = response;
  const problem = parseProblem(headers.get('content-type'), body);
  const hint = headers.get('retry-after');
  const requestId = headers.get('x-request-id') ?? problem?.requestId;
  const retryAfterMs = hint === null ? undefined : parseRetryAfter(hint, nowMs);
  const details = {
    method: place.method,
    path: place.path,
    status,
    retryable: isTransient(status),
    problem,
    requestId,
    retryAfterMs,
  };
  const said = problem?.detail ?? problem?.title;
  const message = `${place.service} answered ${String(status)} to ${place.method} ${place.path}${said ? `: ${said}` : ''}`;
  if (status === 401 || status === 403) return new AuthenticationError(message, details);
  if (status < 400 || response.type === 'opaqueredirect')
    return new HttpError(
      `${place.service} redirected ${place.method} ${place.path}; redirects are not followed, mend baseUrl`,
      details,
    );
  return new ApiError(message, details);
}

/** What went wrong below HTTP, in words that hold no address, header or body. */
function describe(error: unknown): string {
  for (let cause = error, depth = 0; depth < 5 && typeof cause === 'object' && cause !== null; depth++) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
    cause = (cause as { cause?: unknown }).cause;
  }
  return error instanceof Error ? error.name : typeof error;
}

// Nothing of the request can have reached the service, so repeating it is safe whatever it does.
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** True when the request cannot have reached the service. */
export function isNeverSent(error: IntegrationError): boolean {
  return error.code === 'connection' && neverSent.has(describe(error.cause));
}

/** The typed form of anything thrown while sending a request or reading its answer. */
export function failureOfTransport(place: Place, error: unknown): IntegrationError {
  if (isIntegrationError(error)) return error;
  const to = `${place.method} ${place.path}`;
  const details: ErrorDetails = { method: place.method, path: place.path, cause: error };
  if (isTimeoutError(error))
    return new RequestTimeoutError(
      `${place.service} did not answer ${to} within ${String(error.timeoutMs)} ms${error.scope === 'deadline' ? ' (deadline of the call)' : ''}`,
      { ...details, retryable: true },
    );
  if (isCircuitOpenError(error))
    return new CircuitBreakerOpenError(
      `circuit breaker of ${place.service} is ${error.state}${isIntegrationError(error.cause) ? ` (${error.cause.message})` : ''}; ${to} was not sent`,
      { ...details, retryable: true, retryAfterMs: error.retryAfterMs },
    );
  return new ConnectionError(`no answer from ${place.service} to ${to}: ${describe(error)}`, {
    ...details,
    retryable: true,
  });
}
