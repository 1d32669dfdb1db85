import { systemClock } from '../../system-clock.ts';
import type { Clock, TimerHandle } from '../../clock.ts';
import { EventSource } from '../../events.ts';
import { between } from '../../options.ts';
import type { BreakerEvents } from '../breaker-events.ts';
import { type BreakerSnapshot, checkSnapshot } from '../breaker-snapshot.ts';
import type { Circuit } from '../circuit.ts';
import type { Observable } from '../../events.ts';
import type { BreakerStateStore } from './breaker-state-store.ts';

/** Options of {@link persistBreaker}. */
export interface PersistBreakerOptions {
  readonly store: BreakerStateStore;
  /** Under which the state is stored; processes that use the same key share the circuit. */
  readonly key: string;
  /** Milliseconds between looks at what other processes saved; 0 never looks. @default 0 */
  readonly refreshMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Events of a {@link BreakerPersistence}. */
export type PersistenceEvents = {
  /** The store failed. The breaker goes on with what it has; the next transition tries again. */
  storeFailed: { readonly during: 'load' | 'save'; readonly error: unknown };
};

/** Keeps a circuit and its stored state together. Made by {@link persistBreaker}. */
export class BreakerPersistence implements AsyncDisposable {
  readonly #breaker: Circuit & Observable<BreakerEvents>;
  readonly #options: PersistBreakerOptions;
  readonly #events = new EventSource<PersistenceEvents>();
  readonly #changed = (): void => {
    if (!this.#adopting) void this.flush();
  };
  #revision = 0;
  #adopting = false;
  #queue: Promise<void> = Promise.resolve();
  #timer: TimerHandle | undefined;

  constructor(breaker: Circuit & Observable<BreakerEvents>, options: PersistBreakerOptions) {
    this.#breaker = breaker;
    this.#options = options;
    between('refreshMs', options.refreshMs ?? 0, 0);
  }

  on(type: 'storeFailed', handler: (event: PersistenceEvents['storeFailed']) => void): void {
    this.#events.on(type, handler);
  }

  off(type: 'storeFailed', handler?: (event: PersistenceEvents['storeFailed']) => void): void {
    this.#events.off(type, handler);
  }

  async start(): Promise<this> {
    await this.refresh();
    this.#breaker.on('transition', this.#changed);
    this.#schedule();
    return this;
  }

  /** Takes over what another process saved since. */
  refresh(): Promise<void> {
    return this.#enqueue('load', async () => {
      const stored = await this.#options.store.load(this.#options.key);
      if (stored === undefined || stored.revision <= this.#revision) return;
      this.#revision = stored.revision;
      this.#adopt(stored.state);
    });
  }

  /** Saves the state as it is now. Resolves when it is stored, or when the store failed. */
  flush(): Promise<void> {
    return this.#enqueue('save', () => this.#save());
  }

  /** Saves for the last time and lets go of the breaker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#breaker.off('transition', this.#changed);
    this.#timer?.();
    this.#timer = undefined;
    await this.flush();
  }

  async #save(): Promise<void> {
    const { store, key } = this.#options;
    for (;;) {
      const mine = this.#breaker.export();
      const revision = await store.save(key, mine, this.#revision);
      if (revision !== undefined) {
        this.#revision = revision;
        return;
      }
      const theirs = await store.load(key);
      this.#revision = theirs?.revision ?? 0;
      if (theirs === undefined) continue;
      const checked = checkSnapshot(theirs.state);
      if (typeof checked !== 'string' && prevails(checked, mine)) {
        this.#adopt(theirs.state);
        return;
      }
    }
  }

  #adopt(state: unknown): void {
    this.#adopting = true;
    this.#breaker.restore(state);
    this.#adopting = false;
  }

  /** One access to the store after the other; its failures never reach the breaker. */
  #enqueue(during: 'load' | 'save', task: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(task).catch((error: unknown) => {
      this.#events.emit('storeFailed', { during, error });
    });
    return this.#queue;
  }

  #schedule(): void {
    const { refreshMs = 0, clock = systemClock } = this.#options;
    if (refreshMs === 0) return;
    const next = (): void => {
      this.#timer = clock.setTimer(
        refreshMs,
        () => {
          void this.refresh();
          next();
        },
        { ref: false },
      );
    };
    next();
  }
}

/** Two processes changed the circuit at once: the operator wins, then the one that stays open longer. */
function prevails(theirs: BreakerSnapshot, mine: BreakerSnapshot): boolean {
  if (theirs.hold !== null || mine.hold !== null) return mine.hold === null;
  if (theirs.state !== 'open') return false;
  return mine.state !== 'open' || theirs.at >= mine.at;
}

/**
 * Restores a circuit from a store and saves it there with every transition, so that a restart does not forget that
 * a dependency is down or that an operator isolated it.
 *
 * @example
 * ```ts
 * const breaker = circuitBreaker();
 * await using persistence = await persistBreaker(breaker, { store: fileBreakerStore('./state'), key: 'billing' });
 * ```
 */
export function persistBreaker(
  breaker: Circuit & Observable<BreakerEvents>,
  options: PersistBreakerOptions,
): Promise<BreakerPersistence> {
  return new BreakerPersistence(breaker, options).start();
}
