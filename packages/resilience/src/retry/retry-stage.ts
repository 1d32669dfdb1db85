import type { AbortObserver, Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { isRejection } from '../errors/rejection.ts';
import { isTimeoutError } from '../errors/timeout-error.ts';
import type { TimerHandle } from '../clock.ts';
import { AttemptScope } from './attempt-scope.ts';
import { backoffDelay } from './backoff.ts';
import { attachRetryInfo, type GiveUpReason } from './retry-info.ts';
import type { RetryPolicy } from './retry.ts';

/** A retry policy in its place inside a pipeline. */
export class RetryStage implements Stage {
  readonly policy: RetryPolicy;
  readonly next: Stage;

  constructor(policy: RetryPolicy, next: Stage) {
    this.policy = policy;
    this.next = next;
  }

  start(scope: Scope, sink: Sink): void {
    this.policy.settings.budget?.deposit(scope.key);
    new RetryFrame(this, scope, sink).attempt(scope);
  }
}

/** Made with the first failure, so that a call that succeeds does not carry it. */
interface Waits {
  lastMs: number;
  totalMs: number;
  cancel: TimerHandle | undefined;
}

class RetryFrame implements Sink, AbortObserver {
  readonly #stage: RetryStage;
  readonly #scope: Scope;
  readonly #sink: Sink;
  #attempts = 0;
  #waits: Waits | undefined;

  constructor(stage: RetryStage, scope: Scope, sink: Sink) {
    this.#stage = stage;
    this.#scope = scope;
    this.#sink = sink;
  }

  attempt(scope: Scope): void {
    this.#attempts += 1;
    const { events } = this.#stage.policy;
    if (events.hears('attempt')) {
      events.emit('attempt', { attempt: this.#attempts, key: scope.key });
      // A listener may have aborted the call.
      if (scope.isAborted) {
        this.#giveUp(scope.reason, 'aborted', undefined);
        return;
      }
    }
    this.#stage.next.start(scope, this);
  }

  ok(value: unknown): void {
    const { shouldRetryResult } = this.#stage.policy.settings;
    if (shouldRetryResult === undefined) this.#sink.ok(value);
    else this.#judge(value, true);
  }

  fail(error: unknown): void {
    this.#judge(error, false);
  }

  /** The caller, or a timeout around the retries, aborted during the wait. */
  aborted(reason: unknown): void {
    this.#waits?.cancel?.();
    this.#giveUp(reason, 'aborted', undefined);
  }

  /** Decides on a failure, or on a result that may count as one. What callbacks throw ends the call. */
  #judge(outcome: unknown, isResult: boolean): void {
    const { settings } = this.#stage.policy;
    try {
      if (isResult && !settings.shouldRetryResult?.(outcome, this.#context())) {
        this.#sink.ok(outcome);
        return;
      }
      const hint = settings.retryAfterMs(outcome);
      const hintMs = hint !== undefined && hint >= 0 ? hint : undefined;
      const refusal = isResult
        ? this.#limit(outcome, hintMs)
        : (this.#refusal(outcome) ?? this.#limit(outcome, hintMs));
      if (refusal === undefined) this.#wait(outcome, hintMs, isResult);
      else this.#giveUp(outcome, refusal, hintMs, isResult);
    } catch (thrown) {
      this.#sink.fail(thrown);
    }
  }

  /** Why `error` is nothing to try again after. */
  #refusal(error: unknown): GiveUpReason | undefined {
    const { settings } = this.#stage.policy;
    if (this.#scope.isAborted) return 'aborted';
    if (!settings.retryOnRejection && isRejection(error)) return 'not-retryable';
    if (!settings.retryOnTimeout && isTimeoutError(error)) return 'not-retryable';
    if (!settings.shouldRetry(error, this.#context())) return 'not-retryable';
    return undefined;
  }

  /** Why there is no further attempt although it would make sense. */
  #limit(outcome: unknown, hintMs: number | undefined): GiveUpReason | undefined {
    const { settings } = this.#stage.policy;
    if (this.#scope.isAborted) return 'aborted';
    if (this.#scope.call.options?.idempotent === false && !settings.neverRan(outcome)) return 'not-idempotent';
    if (this.#attempts >= settings.maxAttempts) return 'attempts';
    if (hintMs !== undefined && hintMs > settings.maxRetryAfterMs) return 'retry-after';
    return undefined;
  }

  #wait(outcome: unknown, hintMs: number | undefined, isResult: boolean): void {
    const { settings, events, clock } = this.#stage.policy;
    const { key, deadline } = this.#scope;
    const waits = (this.#waits ??= { lastMs: 0, totalMs: 0, cancel: undefined });
    const backoffMs = backoffDelay(settings, this.#attempts, waits.lastMs, settings.random);
    const delayMs = Math.max(backoffMs, hintMs ?? 0);
    if (deadline !== undefined && clock.monotonic() + delayMs + settings.minAttemptMs >= deadline) {
      this.#giveUp(outcome, 'deadline', hintMs, isResult);
      return;
    }
    if (settings.budget?.withdraw(key) === false) {
      const event = { attempt: this.#attempts, error: outcome, key };
      if (events.hears('budgetExhausted')) events.emit('budgetExhausted', event);
      this.#giveUp(outcome, 'budget', hintMs, isResult);
      return;
    }
    waits.lastMs = backoffMs;
    waits.totalMs += delayMs;
    if (isResult) settings.discard(outcome);
    this.#scope.observe(this);
    waits.cancel = clock.setTimer(delayMs, () => {
      this.#scope.unobserve(this);
      this.attempt(new AttemptScope(this.#scope, this.#attempts + 1));
    });
    if (events.hears('retry')) {
      const reason = delayMs > backoffMs ? 'retry-after' : 'backoff';
      events.emit('retry', { attempt: this.#attempts, delayMs, reason, error: outcome, key });
    }
  }

  #context(): Scope {
    return this.#attempts === 1 ? this.#scope : new AttemptScope(this.#scope, this.#attempts);
  }

  #giveUp(outcome: unknown, reason: GiveUpReason, retryAfterMs: number | undefined, isResult = false): void {
    const { events } = this.#stage.policy;
    const attempts = this.#attempts;
    const totalDelayMs = this.#waits?.totalMs ?? 0;
    // One attempt that is not repeated tells its whole story by its error.
    const isPlain = isResult || (attempts === 1 && reason === 'not-retryable');
    if (reason !== 'aborted' && !isPlain) attachRetryInfo(outcome, { attempts, totalDelayMs, reason, retryAfterMs });
    if (events.hears('giveUp')) {
      events.emit('giveUp', { attempts, totalDelayMs, reason, error: outcome, key: this.#scope.key });
    }
    if (isResult) this.#sink.ok(outcome);
    else this.#sink.fail(outcome);
  }
}
