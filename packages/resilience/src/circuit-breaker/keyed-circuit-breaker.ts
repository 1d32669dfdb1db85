import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import { integer } from '../options.ts';
import { BreakerCell } from './breaker-cell.ts';
import type { BreakerEvents } from './breaker-events.ts';
import { BreakerMachine } from './breaker-machine.ts';
import { type CircuitBreakerOptions, resolveBreakerOptions } from './breaker-settings.ts';
import { BreakerStage, type CellSource } from './breaker-stage.ts';
import { CellCircuit, type Circuit } from './circuit.ts';

/** Options of {@link keyedCircuitBreaker}. */
export interface KeyedCircuitBreakerOptions extends Omit<CircuitBreakerOptions, 'key'> {
  /**
   * Circuits kept at once. Beyond it, one that was not used lately is forgotten, closed ones first; one that an
   * operator holds never is.
   * @default 10000
   */
  readonly maxKeys?: number;
}

/** One circuit per `key` of the call, under one set of options and with one set of events. */
export class KeyedCircuitBreaker extends StagedPolicy<BreakerEvents> {
  readonly #source: CellSource;
  readonly #maxKeys: number;
  readonly #cells = new Map<string, BreakerCell>();

  constructor(options: KeyedCircuitBreakerOptions = {}) {
    const settings = resolveBreakerOptions(options);
    super(settings.clock);
    this.#maxKeys = integer('maxKeys', options.maxKeys ?? 10_000, 1);
    const machine = new BreakerMachine(settings, this.events);
    this.#source = { machine, keyOf: (scope) => scope.key ?? '', cellOf: (key = '') => this.#cellOf(key) };
  }

  /** The number of circuits in memory. */
  get size(): number {
    return this.#cells.size;
  }

  [stageOf](next: Stage): Stage {
    return new BreakerStage(this.#source, next);
  }

  /** The circuit of `key`, to look at or to control. */
  circuit(key: string): Circuit {
    return new CellCircuit(this.#source.machine, () => this.#cellOf(key), key);
  }

  #cellOf(key: string): BreakerCell {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      if (this.#cells.size >= this.#maxKeys) this.#evict();
      cell = new BreakerCell(this.clock.monotonic() - this.#source.machine.settings.calmMs);
      this.#cells.set(key, cell);
    }
    cell.wasUsed = true;
    return cell;
  }

  /**
   * Second chance: who was used since the last round stays; cheap on every call, and close enough to least recently
   * used. A key that is moved to the end comes round again in the same loop.
   */
  #evict(): void {
    let steps = this.#cells.size * 2;
    let openKey: string | undefined;
    for (const [key, cell] of this.#cells) {
      if (steps === 0) break;
      steps -= 1;
      if (cell.hold === undefined && !cell.wasUsed) {
        if (cell.automatic === 'closed') {
          this.#cells.delete(key);
          return;
        }
        openKey ??= key;
      }
      cell.wasUsed = false;
      this.#cells.delete(key);
      this.#cells.set(key, cell);
    }
    if (openKey !== undefined) this.#cells.delete(openKey);
  }
}

/**
 * A circuit breaker per key: per host, per tenant, per model. Without a key, calls share one circuit.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const breakers = keyedCircuitBreaker({ maxKeys: 1_000 });
 * await breakers.execute(() => call('eu-1'), { key: 'eu-1' });
 * breakers.circuit('eu-1').isolate();
 * ```
 */
export function keyedCircuitBreaker(options?: KeyedCircuitBreakerOptions): KeyedCircuitBreaker {
  return new KeyedCircuitBreaker(options);
}
