import type { AbortObserver, Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { isRejection } from '../errors/rejection.ts';
import { isTimeoutError } from '../errors/timeout-error.ts';
import { AttemptScope } from './attempt-scope.ts';
import { backoffDelay } from './backoff.ts';
import { attachRetryInfo, type GiveUpReason } from './retry-info.ts';
import type { RetryPolicy } from './retry.ts';

/** A retry policy in its place inside a pipeline. */
export class RetryStage implements Stage {
  readonly #policy: RetryPolicy;
  readonly #next: Stage;

  constructor(policy: RetryPolicy, next: Stage) {
    this.#policy = policy;
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    this.#policy.settings.budget?.deposit(scope.key);
    new RetryFrame(this.#policy, this.#next, scope, sink).attempt(scope);
  }
}

class RetryFrame implements Sink, AbortObserver {
  readonly #policy: RetryPolicy;
  readonly #next: Stage;
  readonly #scope: Scope;
  readonly #sink: Sink;
  #attempts = 0;
  #delayMs = 0;
  #totalDelayMs = 0;
  #cancel: (() => void) | undefined;

  constructor(policy: RetryPolicy, next: Stage, scope: Scope, sink: Sink) {
    this.#policy = policy;
    this.#next = next;
    this.#scope = scope;
    this.#sink = sink;
  }

  attempt(scope: Scope): void {
    this.#attempts += 1;
    const { events } = this.#policy;
    if (events.hears('attempt')) events.emit('attempt', { attempt: this.#attempts, key: scope.key });
    this.#next.start(scope, this);
  }

  ok(value: unknown): void {
    this.#sink.ok(value);
  }

  fail(error: unknown): void {
    let refusal: GiveUpReason | undefined;
    let hintMs: number | undefined;
    try {
      hintMs = this.#policy.settings.retryAfterMs(error);
      refusal = this.#refusal(error, hintMs);
    } catch (thrown) {
      this.#sink.fail(thrown);
      return;
    }
    if (refusal === undefined) this.#wait(error, hintMs);
    else this.#giveUp(error, refusal, hintMs);
  }

  /** The caller, or a timeout around the retries, aborted during the wait. */
  aborted(reason: unknown): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#giveUp(reason, 'aborted', undefined);
  }

  #refusal(error: unknown, hintMs: number | undefined): GiveUpReason | undefined {
    const { settings } = this.#policy;
    if (this.#scope.isAborted) return 'aborted';
    if (isRejection(error)) return 'not-retryable';
    if (!settings.retryOnTimeout && isTimeoutError(error)) return 'not-retryable';
    if (!settings.shouldRetry(error, this.#context())) return 'not-retryable';
    if (this.#scope.call.options?.idempotent === false && !settings.neverRan(error)) return 'not-idempotent';
    if (this.#attempts >= settings.maxAttempts) return 'attempts';
    if (hintMs !== undefined && hintMs > settings.maxRetryAfterMs) return 'retry-after';
    return undefined;
  }

  #wait(error: unknown, hintMs: number | undefined): void {
    const { settings, events, clock } = this.#policy;
    const { key, deadline } = this.#scope;
    const backoffMs = backoffDelay(settings, this.#attempts, this.#delayMs, settings.random);
    const delayMs = Math.max(backoffMs, hintMs ?? 0);
    if (deadline !== undefined && clock.monotonic() + delayMs + settings.minAttemptMs >= deadline) {
      this.#giveUp(error, 'deadline', hintMs);
      return;
    }
    if (settings.budget?.withdraw(key) === false) {
      if (events.hears('budgetExhausted')) events.emit('budgetExhausted', { attempt: this.#attempts, error, key });
      this.#giveUp(error, 'budget', hintMs);
      return;
    }
    this.#delayMs = backoffMs;
    this.#totalDelayMs += delayMs;
    if (events.hears('retry')) {
      const reason = delayMs > backoffMs ? 'retry-after' : 'backoff';
      events.emit('retry', { attempt: this.#attempts, delayMs, reason, error, key });
    }
    this.#scope.observe(this);
    this.#cancel = clock.setTimer(delayMs, () => {
      this.#cancel = undefined;
      this.#scope.unobserve(this);
      this.attempt(new AttemptScope(this.#scope, this.#attempts + 1));
    });
  }

  #context(): Scope {
    return this.#attempts === 1 ? this.#scope : new AttemptScope(this.#scope, this.#attempts);
  }

  #giveUp(error: unknown, reason: GiveUpReason, retryAfterMs: number | undefined): void {
    const { events } = this.#policy;
    const attempts = this.#attempts;
    const totalDelayMs = this.#totalDelayMs;
    if (reason !== 'aborted') attachRetryInfo(error, { attempts, totalDelayMs, reason, retryAfterMs });
    if (events.hears('giveUp')) {
      events.emit('giveUp', { attempts, totalDelayMs, reason, error, key: this.#scope.key });
    }
    this.#sink.fail(error);
  }
}
