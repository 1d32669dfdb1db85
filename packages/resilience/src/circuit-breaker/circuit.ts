import type { BreakerCell, BreakerState, Hold } from './breaker-cell.ts';
import type { BreakerMachine } from './breaker-machine.ts';
import { type BreakerSnapshot, exportCell } from './breaker-snapshot.ts';

/** One circuit in the hands of an operator. */
export interface Circuit {
  readonly key: string | undefined;
  /** The state now. An open circuit whose time is over turns half-open with the next call. */
  readonly state: BreakerState;
  /** Refuses every call until {@link release} or {@link reset}. */
  isolate(): void;
  /** Lets every call through, whatever the outcomes, until {@link release} or {@link reset}. */
  forceClose(): void;
  /** Takes the breaker out of the way: nothing is counted or refused until {@link release} or {@link reset}. */
  disable(): void;
  /** Counts, but lets every call through: to try settings in production. */
  metricsOnly(): void;
  /** Ends what the four above imposed; the circuit starts closed with nothing counted. */
  release(): void;
  /** Closes the circuit, ends any hold and forgets everything counted. */
  reset(): void;
  /** The state as plain JSON. */
  export(): BreakerSnapshot;
  /**
   * Puts a stored state in place of the present one. The input is not changed. What is corrupt or of an unknown
   * version closes the circuit, emits `restoreFailed` and is never thrown.
   *
   * @returns whether the input was understood.
   */
  restore(snapshot: unknown): boolean;
}

/** The circuit of `cell`, which it looks up at each use. */
export class CellCircuit implements Circuit {
  readonly key: string | undefined;
  readonly #machine: BreakerMachine;
  readonly #cell: () => BreakerCell;

  constructor(machine: BreakerMachine, cell: () => BreakerCell, key: string | undefined) {
    this.#machine = machine;
    this.#cell = cell;
    this.key = key;
  }

  get state(): BreakerState {
    return this.#cell().state;
  }

  isolate(): void {
    this.#impose('isolated');
  }

  forceClose(): void {
    this.#impose('forced-closed');
  }

  disable(): void {
    this.#impose('disabled');
  }

  metricsOnly(): void {
    this.#impose('metrics-only');
  }

  release(): void {
    this.#machine.release(this.#cell(), this.key);
  }

  reset(): void {
    this.#machine.reset(this.#cell(), this.key);
  }

  export(): BreakerSnapshot {
    return exportCell(this.#cell(), this.#machine.settings);
  }

  restore(snapshot: unknown): boolean {
    return this.#machine.restore(this.#cell(), snapshot, this.key);
  }

  #impose(hold: Hold): void {
    this.#machine.impose(this.#cell(), hold, this.key);
  }
}
