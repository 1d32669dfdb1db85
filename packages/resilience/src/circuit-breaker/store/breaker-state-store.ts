import type { BreakerSnapshot } from '../breaker-snapshot.ts';

/** What a store holds for a key. */
export interface StoredBreakerState {
  /** As it was saved; whoever restores it checks it. */
  readonly state: unknown;
  /** Rises by one with every save, from 1. */
  readonly revision: number;
}

/** Where the state of circuits outlives the process. */
export interface BreakerStateStore {
  load(key: string): Promise<StoredBreakerState | undefined>;
  /**
   * Saves if nobody else did in between.
   *
   * @param revision the revision this state replaces, 0 if there was none.
   * @returns the new revision, or `undefined` if the store holds another one than `revision`.
   */
  save(key: string, state: BreakerSnapshot, revision: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
}
