import type { Clock, TimerHandle } from '../clock.ts';

/** A call that waits in a {@link TimerQueue}; the links are the queue's. */
export interface QueuedTimer {
  dueAt: number;
  before: QueuedTimer | undefined;
  after: QueuedTimer | undefined;
  due(): void;
}

/**
 * Timers that all run equally long, so that they fall due in the order in which they were set: a list, and one
 * timer of the clock for its head however many calls are in flight. Setting and cancelling is a few pointer writes,
 * where `setTimeout` and `clearTimeout` cost more than all the rest of a call.
 *
 * Where the clock can (`ref`, `unref`), the timer is left running when the last call ends, without keeping the
 * process alive, and is used again by the next call; it ends by itself after one period without calls.
 */
export class TimerQueue {
  readonly #clock: Clock;
  readonly #ms: number;
  #head: QueuedTimer | undefined;
  #tail: QueuedTimer | undefined;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  add(entry: QueuedTimer): void {
    entry.dueAt = this.#clock.monotonic() + this.#ms;
    const tail = this.#tail;
    this.#tail = entry;
    if (tail !== undefined) {
      tail.after = entry;
      entry.before = tail;
      return;
    }
    this.#head = entry;
    if (this.#timer === undefined) this.#arm(this.#ms);
    else this.#timer.ref?.();
  }

  delete(entry: QueuedTimer): void {
    const { before, after } = entry;
    if (before === undefined && this.#head !== entry) return;
    if (before === undefined) this.#head = after;
    else before.after = after;
    if (after === undefined) this.#tail = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
    if (this.#head === undefined) this.#rest();
  }

  #rest(): void {
    if (this.#timer?.unref !== undefined) {
      this.#timer.unref();
    } else {
      this.#timer?.();
      this.#timer = undefined;
    }
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.setTimer(ms, () => {
      this.#timer = undefined;
      const now = this.#clock.monotonic();
      for (let head = this.#head; head !== undefined; head = this.#head) {
        // Timers of the platform may fire up to a millisecond early.
        if (head.dueAt > now) {
          this.#arm(Math.ceil(head.dueAt - now));
          return;
        }
        this.delete(head);
        head.due();
      }
    });
  }
}
