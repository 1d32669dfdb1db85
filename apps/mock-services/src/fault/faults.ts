import { ArmedFault, type FaultSubject } from './armed-fault.ts';
import { FaultError } from './fault-error.ts';
import { FaultTurn } from './fault-turn.ts';
import type { Fault, ServiceName } from './fault.ts';
import { checkedFault } from './read-fault.ts';

/** A fault as it stands. */
export type FaultState = Fault & { readonly name: string; readonly enabled: boolean; readonly hits: number };

/** A fault that was added; `using` takes it away again. */
export interface FaultHandle extends Disposable {
  readonly name: string;
  /** Requests that it hit; steps taken, of a script. */
  readonly hits: number;
  enable(): void;
  disable(): void;
  remove(): void;
}

/**
 * The faults of both services. Whether the nth request that a fault sees is hit depends only on the seed, the name of the
 * fault and n, so a run with the same seed goes wrong in the same way.
 *
 * @example
 * services.faults.add({ kind: 'status', status: 503, path: '/api/v1/usage', times: 2 });
 */
export class Faults {
  /** What all randomness comes from. */
  readonly seed: number;
  readonly #initial: readonly Fault[];
  readonly #changed: () => void;
  #armed: readonly ArmedFault[] = [];

  /**
   * @param changed told when faults come, go, or are switched
   * @throws {FaultError}
   */
  constructor(seed: number, initial: readonly Fault[], changed: () => void = () => undefined) {
    this.seed = seed;
    this.#initial = initial;
    this.#changed = changed;
    this.reset();
  }

  /** Adds a fault behind the others. @throws {FaultError} naming the field */
  add(fault: Fault): FaultHandle {
    const checked = checkedFault(fault);
    const name = checked.name ?? this.#freeName(checked.kind);
    if (this.#find(name)) throw new FaultError(`fault.name: there is a fault ${name} already`);
    const armed = new ArmedFault(name, checked, this.seed);
    this.#armed = [...this.#armed, armed];
    this.#changed();
    const remove = (): void => void this.remove(name);
    return {
      name,
      get hits() {
        return armed.hits;
      },
      enable: () => void this.switch(name, true),
      disable: () => void this.switch(name, false),
      remove,
      [Symbol.dispose]: remove,
    };
  }

  /** All faults, in the order in which they act. */
  list(): FaultState[] {
    return this.#armed.map(({ fault, name, enabled, hits }) => ({ ...fault, name, enabled, hits }));
  }

  /** Switches a fault on or off; its counts stay. False when there is none of this name. */
  switch(name: string, enabled: boolean): boolean {
    const armed = this.#find(name);
    if (!armed) return false;
    armed.enabled = enabled;
    this.#changed();
    return true;
  }

  /** False when there is none of this name. */
  remove(name: string): boolean {
    const left = this.#armed.filter((armed) => armed.name !== name);
    if (left.length === this.#armed.length) return false;
    this.#armed = left;
    this.#changed();
    return true;
  }

  /** Removes all faults. */
  clear(): void {
    this.#armed = [];
    this.#changed();
  }

  /** Back to the faults given at the start, with all counts and draws as at the start. */
  reset(): void {
    this.#armed = [];
    for (const fault of this.#initial) this.add(fault);
    this.#changed();
  }

  /** The faults that look at a request; `undefined` when there are none. @param now monotonic ms */
  turn(subject: FaultSubject, now: number): FaultTurn | undefined {
    const seeing = this.#armed.filter((armed) => armed.sees(subject));
    return seeing.length === 0 ? undefined : new FaultTurn(seeing, now);
  }

  /** Whether the next TLS connection to a service shall see an expired certificate. */
  expires(service: ServiceName): boolean {
    for (const armed of this.#armed) {
      const { fault, enabled } = armed;
      const meant = enabled && fault.kind === 'expired-certificate' && (fault.service ?? service) === service;
      if (meant && armed.strikes()) return true;
    }
    return false;
  }

  #find(name: string): ArmedFault | undefined {
    return this.#armed.find((armed) => armed.name === name);
  }

  #freeName(kind: string): string {
    for (let number = 1; ; number++) if (!this.#find(`${kind}-${String(number)}`)) return `${kind}-${String(number)}`;
  }
}
