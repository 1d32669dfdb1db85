export { pipeline } from './pipeline.ts';
export { retry } from './retry/retry.ts';
export { retryBudget } from './retry/retry-budget.ts';
export { retryInfo } from './retry/retry-info.ts';
export { parseRetryAfter } from './retry/retry-after.ts';
export { isIdempotentRequest, isReplayableBody } from './retry/idempotency.ts';
export { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export { keyedCircuitBreaker } from './circuit-breaker/keyed-circuit-breaker.ts';
export { memoryBreakerStore } from './circuit-breaker/store/memory-store.ts';
export { persistBreaker } from './circuit-breaker/store/persist-breaker.ts';
export { timeout } from './timeout/timeout.ts';
export { bulkhead } from './bulkhead/bulkhead.ts';
export { rateLimiter } from './rate-limiter/rate-limiter.ts';
export { hedge } from './hedge/hedge.ts';
export { fallback } from './fallback/fallback.ts';
export { coalesce } from './coalesce/coalesce.ts';
export { systemClock } from './system-clock.ts';
export { isResilienceError, ResilienceError } from './errors/resilience-error.ts';
export { isTimeoutError, TimeoutError } from './errors/timeout-error.ts';
export { CircuitOpenError, isCircuitOpenError } from './errors/circuit-open-error.ts';
export { BulkheadFullError, isBulkheadFullError } from './errors/bulkhead-full-error.ts';
export { isRateLimitedError, RateLimitedError } from './errors/rate-limited-error.ts';
export { InvalidOptionError, isInvalidOptionError } from './errors/invalid-option-error.ts';
export { isRejection } from './errors/rejection.ts';

export type { ExecuteOptions, ExecutionContext, Operation, Policy } from './policy.ts';
export type { Clock, TimerHandle, TimerOptions } from './clock.ts';
export type { Random } from './random.ts';
export type { Observable } from './events.ts';
export type { RetryOptions, RetryPolicy } from './retry/retry.ts';
export type { RetryEvents } from './retry/retry-events.ts';
export type { RetryBudget, RetryBudgetOptions } from './retry/retry-budget.ts';
export type { GiveUpReason, RetryInfo } from './retry/retry-info.ts';
export type { Jitter } from './retry/backoff.ts';
export type { CircuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export type { KeyedCircuitBreaker, KeyedCircuitBreakerOptions } from './circuit-breaker/keyed-circuit-breaker.ts';
export type { Circuit } from './circuit-breaker/circuit.ts';
export type { CircuitBreakerOptions, Classify, Outcome } from './circuit-breaker/breaker-settings.ts';
export type { WindowOptions } from './circuit-breaker/window/window-options.ts';
export type { WindowSlice } from './circuit-breaker/window/outcome-window.ts';
export type { AutomaticState, BreakerState, Hold, Verdict } from './circuit-breaker/breaker-cell.ts';
export type { BreakerEvents, TransitionReason } from './circuit-breaker/breaker-events.ts';
export type { BreakerSnapshot } from './circuit-breaker/breaker-snapshot.ts';
export type { BreakerStateStore, StoredBreakerState } from './circuit-breaker/store/breaker-state-store.ts';
export type {
  BreakerPersistence,
  PersistBreakerOptions,
  PersistenceEvents,
} from './circuit-breaker/store/persist-breaker.ts';
export type { TimeoutEvents, TimeoutOptions, TimeoutPolicy, TimeoutStrategy } from './timeout/timeout.ts';
export type { Bulkhead, BulkheadEvents, BulkheadOptions } from './bulkhead/bulkhead.ts';
export type { RateLimiter, RateLimiterEvents, RateLimiterOptions } from './rate-limiter/rate-limiter.ts';
export type { Hedge, HedgeEvents, HedgeOptions, QuantileDelay } from './hedge/hedge.ts';
export type { Fallback, FallbackEvents, FallbackOptions, FallbackValue } from './fallback/fallback.ts';
export type { Coalesce, CoalesceEvents, CoalesceOptions } from './coalesce/coalesce.ts';
export type { CircuitOpenDetails, RejectingState } from './errors/circuit-open-error.ts';
export type { TimeoutScope } from './errors/timeout-error.ts';
export type { ResilienceErrorCode } from './errors/resilience-error.ts';

// Private: stages, scopes, windows and the breaker's machine. They change without notice.
