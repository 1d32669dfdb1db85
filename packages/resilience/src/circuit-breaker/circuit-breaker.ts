import type { Scope } from '../core/scope.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import { BreakerCell, type BreakerState } from './breaker-cell.ts';
import type { BreakerEvents } from './breaker-events.ts';
import { BreakerMachine } from './breaker-machine.ts';
import { type CircuitBreakerOptions, resolveBreakerOptions } from './breaker-settings.ts';
import type { BreakerSnapshot } from './breaker-snapshot.ts';
import { BreakerStage, type CellSource } from './breaker-stage.ts';
import { CellCircuit, type Circuit } from './circuit.ts';

/** Stops calling what keeps failing. Made by {@link circuitBreaker}. */
export class CircuitBreaker extends StagedPolicy<BreakerEvents> implements Circuit {
  readonly key: string | undefined;
  readonly #source: CellSource;
  readonly #circuit: Circuit;

  constructor(options: CircuitBreakerOptions = {}) {
    const settings = resolveBreakerOptions(options);
    super(settings.clock);
    this.key = options.key;
    const machine = new BreakerMachine(settings, this.events);
    const cell = new BreakerCell(settings.clock.monotonic() - settings.calmMs);
    this.#source = { machine, keyOf: (scope: Scope) => scope.key ?? this.key, cellOf: () => cell };
    this.#circuit = new CellCircuit(machine, () => cell, this.key);
  }

  get state(): BreakerState {
    return this.#circuit.state;
  }

  [stageOf](next: Stage): Stage {
    return new BreakerStage(this.#source, next);
  }

  isolate(): void {
    this.#circuit.isolate();
  }

  forceClose(): void {
    this.#circuit.forceClose();
  }

  disable(): void {
    this.#circuit.disable();
  }

  metricsOnly(): void {
    this.#circuit.metricsOnly();
  }

  release(): void {
    this.#circuit.release();
  }

  reset(): void {
    this.#circuit.reset();
  }

  export(): BreakerSnapshot {
    return this.#circuit.export();
  }

  restore(snapshot: unknown): boolean {
    return this.#circuit.restore(snapshot);
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
