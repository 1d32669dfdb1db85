import type { Scope } from '../core/scope.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import { BreakerCell, type BreakerState } from './breaker-cell.ts';
import type { BreakerEvents } from './breaker-events.ts';
import { BreakerMachine } from './breaker-machine.ts';
import { type CircuitBreakerOptions, resolveBreakerOptions } from './breaker-settings.ts';
import { BreakerStage, type CellSource } from './breaker-stage.ts';

/** Stops calling what keeps failing. Made by {@link circuitBreaker}. */
export class CircuitBreaker extends StagedPolicy<BreakerEvents> {
  readonly key: string | undefined;
  readonly #machine: BreakerMachine;
  readonly #cell = new BreakerCell();

  constructor(options: CircuitBreakerOptions = {}) {
    const settings = resolveBreakerOptions(options);
    super(settings.clock);
    this.key = options.key;
    this.#machine = new BreakerMachine(settings, this.events);
    this.#cell.mark = settings.clock.monotonic() - settings.calmMs;
  }

  /** The state now. An open circuit whose time is over turns half-open with the next call. */
  get state(): BreakerState {
    return this.#cell.state;
  }

  [stageOf](next: Stage): Stage {
    const cell = this.#cell;
    const source: CellSource = {
      machine: this.#machine,
      keyOf: (scope: Scope) => scope.key ?? this.key,
      cellOf: () => cell,
    };
    return new BreakerStage(source, next);
  }

  /** Refuses every call until {@link release} or {@link reset}. */
  isolate(): void {
    this.#machine.impose(this.#cell, 'isolated', this.key);
  }

  /** Lets every call through, whatever the outcomes, until {@link release} or {@link reset}. */
  forceClose(): void {
    this.#machine.impose(this.#cell, 'forced-closed', this.key);
  }

  /** Takes the breaker out of the way: nothing is counted or refused until {@link release} or {@link reset}. */
  disable(): void {
    this.#machine.impose(this.#cell, 'disabled', this.key);
  }

  /** Ends what {@link isolate}, {@link forceClose} or {@link disable} imposed; the circuit starts closed. */
  release(): void {
    this.#machine.release(this.#cell, this.key);
  }

  /** Closes the circuit, ends any hold and forgets everything counted. */
  reset(): void {
    this.#machine.reset(this.#cell, this.key);
  }
}

/**
 * Opens after repeated failures and then refuses calls with a `CircuitOpenError`, until probes show that the
 * dependency works again.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const breaker = circuitBreaker({ failureThreshold: 5, openDurationMs: 60_000 });
 * breaker.on('transition', ({ from, to }) => console.log(`${from} -> ${to}`));
 * await breaker.execute(() => query());
 * ```
 */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreaker {
  return new CircuitBreaker(options);
}
