import type { Backend } from './backend.ts';
import type { SavedState } from './state.ts';

/** A snapshot, by its id. */
export interface Snapshot {
  readonly id: string;
  readonly takenAt: Date;
}

const most = 32;

/** Saved states by id; the oldest are dropped beyond 32. */
export class Snapshots {
  readonly #backend: Backend;
  readonly #now: () => number;
  readonly #saved = new Map<string, { snapshot: Snapshot; state: SavedState }>();
  #taken = 0;

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  async take(): Promise<Snapshot> {
    const snapshot = { id: `snapshot-${String(++this.#taken)}`, takenAt: new Date(this.#now()) };
    this.#saved.set(snapshot.id, { snapshot, state: await this.#backend.save() });
    const [oldest] = this.#saved.keys();
    if (this.#saved.size > most && oldest !== undefined) this.discard(oldest);
    return snapshot;
  }

  list(): Snapshot[] {
    return [...this.#saved.values()].map(({ snapshot }) => snapshot);
  }

  /** False when there is none of this id. */
  async restore(id: string): Promise<boolean> {
    const found = this.#saved.get(id);
    if (!found) return false;
    await this.#backend.restore(found.state);
    return true;
  }

  /** False when there is none of this id. */
  discard(id: string): boolean {
    this.#saved.get(id)?.state.discard();
    return this.#saved.delete(id);
  }
}
