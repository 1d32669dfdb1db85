import type { AbortObserver, Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { isRejection } from '../errors/rejection.ts';
import { isTimeoutError } from '../errors/timeout-error.ts';
import type { BreakerCell, Permit, Verdict } from './breaker-cell.ts';
import type { BreakerMachine } from './breaker-machine.ts';
import type { Outcome } from './breaker-settings.ts';

/** Finds the circuit of a call. */
export interface CellSource {
  readonly machine: BreakerMachine;
  keyOf(scope: Scope): string | undefined;
  cellOf(key: string | undefined): BreakerCell;
}

/** A circuit breaker in its place inside a pipeline. */
export class BreakerStage implements Stage {
  readonly #source: CellSource;
  readonly #next: Stage;

  constructor(source: CellSource, next: Stage) {
    this.#source = source;
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    const { machine } = this.#source;
    const key = this.#source.keyOf(scope);
    const cell = this.#source.cellOf(key);
    const refusal = machine.refusal(cell, key);
    if (refusal !== undefined) {
      sink.fail(refusal);
      return;
    }
    const frame = new BreakerFrame(this.#source, cell, scope, sink);
    // A probe frees its slot the moment nobody waits for it any more.
    if (machine.enroll(cell, frame)) scope.observe(frame);
    this.#next.start(scope, frame);
  }
}

class BreakerFrame implements Sink, Permit, AbortObserver {
  generation = -1;
  startedAt: number | undefined;
  readonly #source: CellSource;
  readonly #cell: BreakerCell;
  readonly #scope: Scope;
  readonly #sink: Sink;

  constructor(source: CellSource, cell: BreakerCell, scope: Scope, sink: Sink) {
    this.#source = source;
    this.#cell = cell;
    this.#scope = scope;
    this.#sink = sink;
  }

  ok(value: unknown): void {
    const { classify } = this.#source.machine.settings;
    if (classify === undefined) this.#settle('success', undefined);
    else if (!this.#classified({ ok: true, value })) return;
    this.#sink.ok(value);
  }

  fail(error: unknown): void {
    const { classify } = this.#source.machine.settings;
    if (this.#scope.isAborted) this.#settle(abortVerdict(this.#scope.reason), error);
    else if (classify === undefined) this.#settle(isRejection(error) ? 'ignored' : 'failure', error);
    else if (!this.#classified({ ok: false, error })) return;
    this.#sink.fail(error);
  }

  aborted(reason: unknown): void {
    this.#settle(abortVerdict(reason), reason);
  }

  #classified(outcome: Outcome): boolean {
    let verdict: Verdict;
    try {
      verdict = this.#source.machine.settings.classify?.(outcome, this.#scope) ?? 'ignored';
    } catch (thrown) {
      this.#settle('ignored', undefined);
      this.#sink.fail(thrown);
      return false;
    }
    this.#settle(verdict, outcome.error);
    return true;
  }

  #settle(verdict: Verdict, error: unknown): void {
    if (this.startedAt !== undefined) this.#scope.unobserve(this);
    this.#source.machine.settle(this.#cell, this, verdict, error, this.#source.keyOf(this.#scope));
  }
}

/** An abort by the caller says nothing about the dependency; a timeout around the breaker says it is slow. */
function abortVerdict(reason: unknown): Verdict {
  return isTimeoutError(reason) ? 'failure' : 'ignored';
}
