export { pipeline } from './pipeline.ts';
export { retry } from './retry/retry.ts';
export { retryBudget } from './retry/retry-budget.ts';
export { retryInfo } from './retry/retry-info.ts';
export { parseRetryAfter } from './retry/retry-after.ts';
export { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export { timeout } from './timeout/timeout.ts';
export { systemClock } from './system-clock.ts';
export { isResilienceError, ResilienceError } from './errors/resilience-error.ts';
export { isTimeoutError, TimeoutError } from './errors/timeout-error.ts';
export { CircuitOpenError, isCircuitOpenError } from './errors/circuit-open-error.ts';
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
export type { CircuitBreakerOptions, Classify, Outcome } from './circuit-breaker/breaker-settings.ts';
export type { BreakerState, Hold, Verdict } from './circuit-breaker/breaker-cell.ts';
export type { BreakerEvents, TransitionReason } from './circuit-breaker/breaker-events.ts';
export type { CircuitOpenDetails, RejectingState } from './errors/circuit-open-error.ts';
export type { TimeoutEvents, TimeoutOptions, TimeoutPolicy, TimeoutStrategy } from './timeout/timeout.ts';
export type { TimeoutScope } from './errors/timeout-error.ts';
export type { ResilienceErrorCode } from './errors/resilience-error.ts';

// Private: stages, scopes and the breaker's machine. They change without notice.
