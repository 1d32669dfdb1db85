import type { ArmedFault, Hit } from './armed-fault.ts';
import { phaseOf, type Phase } from './effect.ts';

/** The way of one request past the faults that look at it. */
export class FaultTurn {
  /** Names of the faults that hit it, in the order of their effects. */
  readonly struck: string[] = [];
  readonly #faults: readonly ArmedFault[];
  readonly #now: number;
  readonly #steps = new Map<ArmedFault, Hit | undefined>();

  /** @param now monotonic ms */
  constructor(faults: readonly ArmedFault[], now: number) {
    this.#faults = faults;
    this.#now = now;
    for (const fault of faults) if (fault.phase === 'arrival') this.#steps.set(fault, fault.hit(now));
  }

  /**
   * What happens in this phase, in the order in which the faults were added. A fault decides when it is reached, so
   * what never reaches it does not count.
   */
  *hits(phase: Phase): Generator<Hit, void, void> {
    for (const fault of this.#faults) {
      if (!this.#steps.has(fault) && fault.phase !== phase) continue;
      const hit = this.#steps.has(fault) ? this.#steps.get(fault) : fault.hit(this.#now);
      if (!hit || phaseOf(hit.effect) !== phase) continue;
      this.struck.push(fault.name);
      yield hit;
    }
  }
}
