import { CircuitOpenError, type RejectingState } from '../errors/circuit-open-error.ts';
import { withoutStack } from '../errors/without-stack.ts';
import type { EventSource } from '../events.ts';
import type { BreakerCell, Hold, Probe, Verdict } from './breaker-cell.ts';
import type { BreakerEvents, TransitionReason } from './breaker-events.ts';
import type { BreakerSettings } from './breaker-settings.ts';

/** An admitted call, as far as the breaker cares. */
export interface Permit extends Probe {
  generation: number;
}

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
    if (cell.hold !== undefined)
      return cell.hold === 'isolated' ? this.#reject(cell, 'isolated', undefined, key) : undefined;
    return cell.automatic === 'closed' ? undefined : this.#probeRefusal(cell, key);
  }

  /** Ties an admitted call to the present state; half-open, it takes one of the slots for probes. */
  enroll(cell: BreakerCell, permit: Permit): void {
    permit.generation = cell.generation;
    if (cell.probes === undefined) return;
    permit.leaseUntil = this.settings.clock.monotonic() + this.settings.probeLeaseMs;
    cell.probes.push(permit);
  }

  /** Counts the outcome of an admitted call, unless the circuit has changed state since. */
  settle(cell: BreakerCell, permit: Permit, verdict: Verdict, error: unknown, key: string | undefined): void {
    if (permit.generation !== cell.generation) return;
    // One outcome per permit.
    permit.generation = -1;
    if (cell.hold !== undefined) return;
    if (cell.automatic === 'half-open') this.#settleProbe(cell, permit, verdict, error, key);
    else if (verdict === 'success') cell.tally = 0;
    else if (verdict === 'failure') {
      cell.cause = error;
      cell.tally += 1;
      if (cell.tally >= this.settings.failureThreshold) this.#open(cell, 'failures', key);
    }
  }

  /** Imposes `hold` until `release` or `reset`. */
  impose(cell: BreakerCell, hold: Hold, key: string | undefined): void {
    if (cell.hold === hold) return;
    this.#change(cell, 'manual', key, () => {
      cell.hold = hold;
    });
  }

  /** Ends a hold; the circuit starts closed with nothing counted. */
  release(cell: BreakerCell, key: string | undefined): void {
    if (cell.hold === undefined) return;
    this.#close(cell, 'manual', key);
  }

  /** Back to the beginning: closed, no hold, no memory of earlier openings. */
  reset(cell: BreakerCell, key: string | undefined): void {
    this.#close(cell, 'manual', key);
    cell.openings = 0;
    cell.cause = undefined;
  }

  #probeRefusal(cell: BreakerCell, key: string | undefined): CircuitOpenError | undefined {
    const now = this.settings.clock.monotonic();
    if (cell.automatic === 'open') {
      if (now < cell.mark) return this.#reject(cell, 'open', cell.mark - now, key);
      this.#change(cell, 'open-time-over', key, () => {
        cell.automatic = 'half-open';
        cell.tally = 0;
        cell.mark = now;
        cell.probes = [];
      });
    } else if (cell.probes?.some((probe) => probe.leaseUntil <= now)) {
      this.#open(cell, 'probe-lease-expired', key);
    }
    return this.#refusalNow(cell, now, key);
  }

  /** Looks again at the state: a listener of the transition may have changed it or taken the slot. */
  #refusalNow(cell: BreakerCell, now: number, key: string | undefined): CircuitOpenError | undefined {
    if (cell.hold === 'isolated') return this.#reject(cell, 'isolated', undefined, key);
    if (cell.automatic === 'open') return this.#reject(cell, 'open', Math.max(0, cell.mark - now), key);
    if (cell.probes === undefined || cell.probes.length < this.settings.halfOpenProbes) return undefined;
    return this.#reject(cell, 'half-open', undefined, key);
  }

  #settleProbe(cell: BreakerCell, probe: Probe, verdict: Verdict, error: unknown, key: string | undefined): void {
    const { probes } = cell;
    probes?.splice(probes.indexOf(probe), 1);
    if (verdict === 'failure') {
      cell.cause = error;
      this.#open(cell, 'probe-failed', key);
    } else if (verdict === 'success') {
      cell.tally += 1;
      if (cell.tally >= this.settings.successThreshold) this.#close(cell, 'probes-succeeded', key);
    } else if (this.settings.clock.monotonic() - cell.mark >= this.settings.probeLeaseMs) {
      // Probes that say nothing must not keep the circuit half-open for ever.
      this.#open(cell, 'probes-undecided', key);
    }
  }

  #open(cell: BreakerCell, reason: TransitionReason, key: string | undefined): void {
    const { settings } = this;
    const now = settings.clock.monotonic();
    const isCalm = cell.automatic === 'closed' && now - cell.mark >= settings.calmMs;
    cell.openings = isCalm ? 1 : cell.openings + 1;
    cell.openForMs = openDuration(settings, cell.openings);
    this.#change(cell, reason, key, () => {
      cell.automatic = 'open';
      cell.tally = 0;
      cell.mark = now + cell.openForMs;
      cell.probes = undefined;
    });
  }

  #close(cell: BreakerCell, reason: TransitionReason, key: string | undefined): void {
    this.#change(cell, reason, key, () => {
      cell.automatic = 'closed';
      cell.hold = undefined;
      cell.tally = 0;
      cell.mark = this.settings.clock.monotonic();
      cell.probes = undefined;
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

function openDuration(settings: BreakerSettings, openings: number): number {
  const { openDurationMs: base, openBackoffMultiplier, maxOpenDurationMs, openJitter, random } = settings;
  const grown = base === 0 ? 0 : Math.min(maxOpenDurationMs, base * openBackoffMultiplier ** (openings - 1));
  return Math.min(maxOpenDurationMs, grown * (1 + openJitter * random()));
}
