// The contract of this package. What is not listed here is private.

export { HttpClient } from './http-client.ts';
export type { BreakerSettings, HttpClientOptions, RetrySettings } from './options.ts';
export {
  json,
  nothing,
  textOf,
  type CallOptions,
  type Decoded,
  type Decoder,
  type HttpAnswer,
  type HttpRequest,
} from './request.ts';
export { cacheLifeSchema, type CacheLife, type CacheOptions } from './cache/cache-options.ts';
export { callback, checkOptions, flag, having, integerFrom, milliseconds, optionsOf } from './option-check.ts';
export type { ResponseCache } from './cache/response-cache.ts';
export { bodyOf } from './request-body.ts';
export { checkBearerKey, type Auth } from './auth.ts';
export type { Fetch } from './fetch.ts';
export type { Logger } from './logger.ts';
export {
  ApiError,
  AuthenticationError,
  CircuitBreakerOpenError,
  ConnectionError,
  HttpError,
  IntegrationError,
  InvalidConfigError,
  isIntegrationError,
  RequestTimeoutError,
  SerializationError,
  type ErrorDetails,
  type IntegrationErrorCode,
} from './errors.ts';
