// The contract of this package. What is not listed here is private.

export { serviceApp, type ServiceAppOptions } from './service-app.ts';
export { resource, type ResourceOptions } from './resource.ts';
export type { Handler, ServiceContext, ServiceEnv } from './env.ts';

export { isProblemError, problem, ProblemError, type ProblemMembers } from './problem-error.ts';
export type { ApiKey } from './api-key.ts';
export type { Principal } from './principal.ts';
export { requireScope } from './bearer-auth.ts';

export { resolveLimits, type Limits, type ResolvedLimits } from './limits.ts';
export type { RateLimit } from './rate-limit.ts';
export { bodyBytes } from './body-bytes.ts';
export { acceptedEncodings } from './content-encoding.ts';
export { readJson, readJsonBody, type JsonBody } from './json-body.ts';
export { withInstant } from './with-instant.ts';
export { pathId } from './path-id.ts';
export { badParameter, decodeCursor, encodeCursor, maxPageSize, pageRequest, type PageRequest } from './paging.ts';

export { emptyAnswer, jsonAnswer, jsonTextAnswer, type AnswerInit } from './json-answer.ts';
export { conditional, etagOf } from './conditional.ts';
export { checkAccept } from './accept.ts';

export { idempotent, type IdempotencyOptions } from './idempotency/idempotent.ts';
export type { IdempotencyStore, RememberedAnswer } from './idempotency/idempotency-store.ts';
export { memoryIdempotencyStore } from './idempotency/memory-idempotency-store.ts';

export { operationEndpoints, operations, type OperationsOptions } from './operations.ts';
export { openApiDocument, type OpenApiEndpoint, type OpenApiOptions } from './openapi/openapi-document.ts';
export { requestMetrics, type RequestMetrics, type RequestOutcome } from './metrics/request-metrics.ts';
export { exposition, type Sample } from './metrics/exposition.ts';

export { systemClock, type Clock } from './clock.ts';
export { silentLogger, type Logger } from './logger.ts';
