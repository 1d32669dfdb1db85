import { CircuitOpenError, type RejectingState } from '../errors/circuit-open-error.ts';
import { withoutStack } from '../errors/without-stack.ts';
import type { EventSource } from '../events.ts';
import type { BreakerCell, Hold, Permit, Verdict } from './breaker-cell.ts';
import type { BreakerEvents, TransitionReason } from './breaker-events.ts';
import type { BreakerSettings } from './breaker-settings.ts';
import { checkSnapshot, restoreCell } from './breaker-snapshot.ts';
import { openDuration } from './open-duration.ts';

/**
 * The rules of the circuit. Holds no state of its own, so ten thousand circuits share one; all time is read
 * lazily, when a call comes, so no circuit needs a timer.
 */
export class BreakerMachine {
  readonly settings: BreakerSettings;
  readonly #events: EventSource<BreakerEvents>;

  constructor(settings: BreakerSettings, events: EventSource<BreakerEvents>) {
    this.settings = settings;
    this.#events = events;
  }

  /** @returns why a call may not go now, or `undefined` if it may; then `enroll` must follow at once. */
  refusal(cell: BreakerCell, key: string | undefined): CircuitOpenError | undefined {
    if (cell.hold === undefined && cell.automatic === 'closed') return undefined;
    if (cell.hold === undefined) this.#passTime(cell, key);
    return this.#refusalNow(cell, key);
  }

  /**
   * Ties an admitted call to the present state.
   *
   * @returns whether it is a probe, which takes one of the slots of a half-open circuit.
   */
  enroll(cell: BreakerCell, permit: Permit): boolean {
    const { clock, window } = this.settings;
    permit.generation = cell.generation;
    const isProbe = cell.probes !== undefined && cell.hold === undefined;
    if (isProbe || window !== undefined) permit.startedAt = clock.monotonic();
    if (isProbe) cell.probes?.push(permit);
    return isProbe;
  }

  /** Counts the outcome of an admitted call, unless the circuit has changed state since. */
  settle(cell: BreakerCell, permit: Permit, verdict: Verdict, error: unknown, key: string | undefined): void {
    if (permit.generation !== cell.generation) return;
    // One outcome per permit.
    permit.generation = -1;
    if (cell.hold !== undefined && cell.hold !== 'metrics-only') return;
    if (cell.hold === undefined && cell.automatic === 'half-open') {
      this.#settleProbe(cell, permit, verdict, error, key);
    } else {
      this.#count(cell, permit, verdict, error, key);
    }
  }

  /** Imposes `hold` until `release` or `reset`. */
  impose(cell: BreakerCell, hold: Hold, key: string | undefined): void {
    if (cell.hold === hold) return;
    this.#change(cell, 'manual', key, () => {
      cell.hold = hold;
      cell.probes = undefined;
    });
  }

  /** Ends a hold; the circuit starts closed with nothing counted. */
  release(cell: BreakerCell, key: string | undefined): void {
    if (cell.hold !== undefined) this.#close(cell, 'manual', key);
  }

  /** Back to the beginning: closed, no hold, no memory of earlier openings. */
  reset(cell: BreakerCell, key: string | undefined): void {
    cell.openings = 0;
    cell.cause = undefined;
    this.#close(cell, 'manual', key);
  }

  /** Puts a stored state in place of the present one; what cannot be understood closes the circuit. */
  restore(cell: BreakerCell, input: unknown, key: string | undefined): boolean {
    const snapshot = checkSnapshot(input);
    if (typeof snapshot === 'string') {
      cell.openings = 0;
      this.#close(cell, 'restored', key);
      if (this.#events.hears('restoreFailed')) this.#events.emit('restoreFailed', { reason: snapshot, key });
      return false;
    }
    this.#change(cell, 'restored', key, () => restoreCell(cell, snapshot, this.settings));
    return true;
  }

  /** What the clock alone changes: the open time is over, or a probe did not come back. */
  #passTime(cell: BreakerCell, key: string | undefined): void {
    const now = this.settings.clock.monotonic();
    if (
      cell.automatic === 'half-open' &&
      cell.probes?.some((probe) => (probe.startedAt ?? now) + this.settings.probeLeaseMs <= now)
    ) {
      this.#open(cell, 'probe-lease-expired', key);
    } else if (cell.automatic === 'open' && now >= cell.mark) {
      this.#change(cell, 'open-time-over', key, () => {
        cell.automatic = 'half-open';
        cell.tally = 0;
        cell.mark = now;
        cell.probes = [];
      });
    }
  }

  /** Looks at the state after its events: a listener may have changed it or taken the slot. */
  #refusalNow(cell: BreakerCell, key: string | undefined): CircuitOpenError | undefined {
    if (cell.hold === 'isolated') return this.#reject(cell, 'isolated', undefined, key);
    if (cell.hold !== undefined) return undefined;
    if (cell.automatic === 'open') {
      return this.#reject(cell, 'open', Math.max(0, cell.mark - this.settings.clock.monotonic()), key);
    }
    if (cell.probes === undefined || cell.probes.length < this.settings.halfOpenProbes) return undefined;
    return this.#reject(cell, 'half-open', undefined, key);
  }

  #count(cell: BreakerCell, permit: Permit, verdict: Verdict, error: unknown, key: string | undefined): void {
    if (verdict === 'ignored') return;
    const isFailure = verdict === 'failure';
    cell.tally = isFailure ? cell.tally + 1 : 0;
    if (isFailure) cell.cause = error;
    const isOverRate = this.settings.window !== undefined && this.#countInWindow(cell, permit, isFailure);
    if (cell.hold !== undefined) return;
    if (isFailure && cell.tally >= this.settings.failureThreshold) this.#open(cell, 'failures', key);
    else if (isOverRate) this.#open(cell, 'rate', key);
  }

  /** @returns whether a rate is reached. */
  #countInWindow(cell: BreakerCell, permit: Permit, isFailure: boolean): boolean {
    const rates = this.settings.window;
    if (rates === undefined) return false;
    const now = this.settings.clock.monotonic();
    const window = (cell.window ??= rates.create());
    window.add(now, isFailure, now - (permit.startedAt ?? now) >= rates.slowCallMs);
    const { calls, failures, slow } = window.counts(now);
    if (calls < rates.minimumCalls) return false;
    return failures / calls >= rates.failureRate || slow / calls >= rates.slowCallRate;
  }

  #settleProbe(cell: BreakerCell, probe: Permit, verdict: Verdict, error: unknown, key: string | undefined): void {
    const { settings } = this;
    const now = settings.clock.monotonic();
    cell.probes = cell.probes?.filter((each) => each !== probe);
    const isSlow = settings.window !== undefined && now - (probe.startedAt ?? now) >= settings.window.slowCallMs;
    if (verdict === 'failure' || (verdict === 'success' && isSlow)) {
      if (verdict === 'failure') cell.cause = error;
      this.#open(cell, 'probe-failed', key);
    } else if (verdict === 'success') {
      cell.tally += 1;
      if (cell.tally >= settings.successThreshold) this.#close(cell, 'probes-succeeded', key);
    } else if (now - cell.mark >= settings.probeLeaseMs) {
      // Probes that say nothing must not keep the circuit half-open for ever.
      this.#open(cell, 'probes-undecided', key);
    }
  }

  #open(cell: BreakerCell, reason: TransitionReason, key: string | undefined): void {
    const { settings } = this;
    const now = settings.clock.monotonic();
    const isCalm = cell.automatic === 'closed' && now - cell.mark >= settings.calmMs;
    cell.openings = isCalm ? 1 : cell.openings + 1;
    this.#change(cell, reason, key, () => {
      cell.automatic = 'open';
      cell.tally = 0;
      cell.openForMs = openDuration(settings, cell.openings);
      cell.mark = now + cell.openForMs;
      cell.probes = undefined;
    });
  }

  #close(cell: BreakerCell, reason: TransitionReason, key: string | undefined): void {
    this.#change(cell, reason, key, () => {
      cell.automatic = 'closed';
      cell.hold = undefined;
      cell.tally = 0;
      cell.openForMs = 0;
      cell.mark = this.settings.clock.monotonic();
      cell.probes = undefined;
      cell.window?.clear();
    });
  }

  #change(cell: BreakerCell, reason: TransitionReason, key: string | undefined, apply: () => void): void {
    const from = cell.state;
    apply();
    cell.generation += 1;
    const to = cell.state;
    if (from === to || !this.#events.hears('transition')) return;
    const openForMs = to === 'open' ? cell.openForMs : undefined;
    this.#events.emit('transition', { from, to, reason, key, openForMs, cause: cell.cause });
  }

  #reject(
    cell: BreakerCell,
    state: RejectingState,
    retryAfterMs: number | undefined,
    key: string | undefined,
  ): CircuitOpenError {
    const error = withoutStack(() => new CircuitOpenError({ state, retryAfterMs, key, cause: cell.cause }));
    if (this.#events.hears('rejection')) this.#events.emit('rejection', { error, key });
    return error;
  }
}
