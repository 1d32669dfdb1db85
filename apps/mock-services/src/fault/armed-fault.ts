import { phaseOf, type Effect, type Phase, type RateLimit } from './effect.ts';
import type { Fault, ServiceName } from './fault.ts';
import { matcherOf } from './route-pattern.ts';
import { SeededRandom } from './seeded-random.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a fault can see of a request. */
export interface FaultSubject {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
}

/** An effect on one request. */
export interface Hit {
  readonly fault: ArmedFault;
  readonly effect: Effect;
  /** Of a rate limit: ms until the next token. */
  readonly waitMs: number;
  /** A stream of this hit alone, so that concurrent hits do not shift each other's draws. */
  readonly random: SeededRandom;
}

/** A fault in service, with its counts. */
export class ArmedFault {
  readonly name: string;
  readonly fault: Fault;
  enabled: boolean;
  /** Requests that it hit; steps taken, of a script. */
  hits = 0;
  readonly #seed: number;
  readonly #gate: SeededRandom;
  readonly #matches: (path: string) => boolean;
  #seen = 0;
  #bucket: TokenBucket | undefined;

  constructor(name: string, fault: Fault, seed: number) {
    this.name = name;
    this.fault = fault;
    this.enabled = fault.enabled ?? true;
    this.#seed = seed;
    this.#gate = new SeededRandom(seed, name);
    this.#matches = 'path' in fault && fault.path !== undefined ? matcherOf(fault.path) : () => true;
  }

  /** Whether it looks at such requests at all. */
  sees({ service, method, path }: FaultSubject): boolean {
    const { fault } = this;
    return (
      this.enabled &&
      fault.kind !== 'expired-certificate' &&
      (fault.service ?? service) === service &&
      (fault.method ?? method) === method &&
      this.#matches(path)
    );
  }

  /** The phase in which it decides; a script takes its step when the request arrives. */
  get phase(): Phase | 'arrival' | 'connection' {
    const { fault } = this;
    if (fault.kind === 'script') return 'arrival';
    return fault.kind === 'expired-certificate' ? 'connection' : phaseOf(fault);
  }

  /** Counts one more request or connection and decides whether it is hit. */
  strikes(): boolean {
    if (!this.#opens()) return false;
    this.hits++;
    return true;
  }

  /** Counts one more request and tells what to do to it. @param now monotonic ms */
  hit(now: number): Hit | undefined {
    const { fault } = this;
    if (fault.kind === 'expired-certificate' || !this.#opens()) return undefined;
    const effect = fault.kind === 'script' ? fault.steps[this.hits % fault.steps.length] : fault;
    const limit = effect !== 'pass' && effect?.kind === 'rate-limit' ? effect : undefined;
    const waitMs = limit ? this.#takeToken(limit, now) : 0;
    // A limit hits only who finds the bucket empty; a script takes its step all the same.
    const spared = limit !== undefined && waitMs === 0;
    if (!spared || fault.kind === 'script') this.hits++;
    if (spared || effect === undefined || effect === 'pass') return undefined;
    return { fault: this, effect, waitMs, random: new SeededRandom(this.#seed, `${this.name}#${String(this.hits)}`) };
  }

  #opens(): boolean {
    const { fault } = this;
    const length = fault.kind === 'script' && fault.repeat !== true ? fault.steps.length : Infinity;
    const { after = 0, times = Infinity, probability = 1 } = fault;
    if (this.#seen++ < after || this.hits >= Math.min(times, length)) return false;
    return probability >= 1 || this.#gate.next() < probability;
  }

  #takeToken({ limit, intervalMs = 1000, burst = limit }: RateLimit, now: number): number {
    this.#bucket ??= new TokenBucket(limit, intervalMs, burst, now);
    return this.#bucket.take(now);
  }
}
