import type { ProblemDetails } from '@llm-memory-graph/contracts';

/** Kinds of failure, to switch on. */
export type IntegrationErrorCode =
  'http' | 'authentication' | 'api' | 'connection' | 'timeout' | 'circuit_open' | 'invalid_config' | 'serialization';

/** What is known of the exchange that failed; never a key, a body or a query. */
export interface ErrorDetails {
  /** Whether the same call may succeed later. */
  readonly retryable?: boolean;
  readonly method?: string;
  /** Path without query. */
  readonly path?: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** The service's `X-Request-Id`. */
  readonly requestId?: string | undefined;
  /** Parsed RFC 9457 problem details, where there were any. */
  readonly problem?: ProblemDetails | undefined;
  /** How long the service asked to wait, in ms (RFC 9110 `Retry-After`) or until a breaker admits a probe. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('@llm-memory-graph/http/IntegrationError');

/** Base of every error that the clients throw. */
export class IntegrationError extends Error {
  override readonly name: string = 'IntegrationError';
  readonly code: IntegrationErrorCode;
  readonly retryable: boolean;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly problem: ProblemDetails | undefined;
  readonly retryAfterMs: number | undefined;
  /** How often the request was sent; 0 when it never was. */
  attempts = 0;
  /** Time from the call to this error in ms, waits between attempts included. */
  totalMs = 0;

  constructor(code: IntegrationErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.method = details.method;
    this.path = details.path;
    this.status = details.status;
    this.requestId = details.requestId;
    this.problem = details.problem;
    this.retryAfterMs = details.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for an `IntegrationError` of any copy of this package. */
export function isIntegrationError(value: unknown): value is IntegrationError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The exchange broke the rules of HTTP: a redirect, a body cut short or too large. */
export class HttpError extends IntegrationError {
  override readonly name = 'HttpError';
  constructor(message: string, details?: ErrorDetails) {
    super('http', message, details);
  }
}

/** 401 or 403: no key, a wrong one, or one without the right. */
export class AuthenticationError extends IntegrationError {
  override readonly name = 'AuthenticationError';
  constructor(message: string, details?: ErrorDetails) {
    super('authentication', message, details);
  }
}

/** Any other answer of the service that is not 2xx. */
export class ApiError extends IntegrationError {
  override readonly name = 'ApiError';
  declare readonly status: number;
  constructor(message: string, details: ErrorDetails & { readonly status: number }) {
    super('api', message, details);
  }
}

/** No answer: name resolution, refused, reset, TLS. */
export class ConnectionError extends IntegrationError {
  override readonly name = 'ConnectionError';
  constructor(message: string, details?: ErrorDetails) {
    super('connection', message, details);
  }
}

/** The attempt's or the call's time ran out. */
export class RequestTimeoutError extends IntegrationError {
  override readonly name = 'RequestTimeoutError';
  constructor(message: string, details?: ErrorDetails) {
    super('timeout', message, details);
  }
}

/** The circuit breaker of the service is open; nothing was sent. `retryAfterMs` tells when a probe is admitted. */
export class CircuitBreakerOpenError extends IntegrationError {
  override readonly name = 'CircuitBreakerOpenError';
  constructor(message: string, details?: ErrorDetails) {
    super('circuit_open', message, details);
  }
}

/** An option is wrong; thrown at construction and before anything is sent. */
export class InvalidConfigError extends IntegrationError {
  override readonly name = 'InvalidConfigError';
  constructor(message: string, details?: ErrorDetails) {
    super('invalid_config', message, details);
  }
}

/** What was to be sent, or what came back, does not fit its contract. */
export class SerializationError extends IntegrationError {
  override readonly name = 'SerializationError';
  constructor(message: string, details?: ErrorDetails) {
    super('serialization', message, details);
  }
}
