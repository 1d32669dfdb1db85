import type { DueCursor, SessionRef } from '../ports/session-source.ts';

interface Place {
  readonly ref: SessionRef;
  finished: boolean;
}

/** Knows how far everything is finished, while later sessions finish before earlier ones. */
export class Progress {
  readonly #places: Place[] = [];
  readonly #open = new Map<string, Place>();
  #cursor: DueCursor | undefined;

  constructor(cursor: DueCursor | undefined) {
    this.#cursor = cursor;
  }

  /** Everything up to here is finished. */
  get cursor(): DueCursor | undefined {
    return this.#cursor;
  }

  /** Sessions remembered: those behind the first unfinished one. */
  get size(): number {
    return this.#places.length;
  }

  /** Adds the next sessions in cursor order. */
  add(refs: readonly SessionRef[]): void {
    for (const ref of refs) {
      const place: Place = { ref, finished: false };
      this.#places.push(place);
      this.#open.set(ref.id, place);
    }
  }

  finish(sessionId: string): void {
    const place = this.#open.get(sessionId);
    if (place === undefined) return;
    place.finished = true;
    this.#open.delete(sessionId);
    const firstOpen = this.#places.findIndex((each) => !each.finished);
    const done = this.#places.splice(0, firstOpen === -1 ? this.#places.length : firstOpen);
    const last = done.at(-1);
    if (last !== undefined) this.#cursor = { updatedAt: last.ref.updatedAt, id: last.ref.id };
  }
}
