import type { Clock } from '@llm-memory-graph/resilience';
import type { SealedBytes, SealedStream } from '../sealer.ts';

export interface FanOptions<Reader> {
  /** Whether it is worth going on with these alone. */
  readonly enough: (readers: Iterable<Reader>) => boolean;
  /** How long the slow ones are waited for once enough have come, in ms. */
  readonly lagMs: number;
  readonly clock: Clock;
}

type Next = IteratorResult<Uint8Array, SealedBytes>;
interface Turn {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives each of several readers all that one source yields, in step: a piece is read when all have come for it, so
 * that one piece is held, however many read. Who comes late is left behind, and its signal aborts.
 */
export class Fan<Reader> {
  readonly #source: SealedStream;
  readonly #options: FanOptions<Reader>;
  readonly #readers: Map<Reader, AbortController>;
  readonly #waiting = new Map<Reader, Turn>();
  #cancelTimer: (() => void) | undefined;
  #reading = false;

  constructor(source: SealedStream, readers: readonly Reader[], options: FanOptions<Reader>) {
    this.#source = source;
    this.#options = options;
    this.#readers = new Map(readers.map((reader) => [reader, new AbortController()]));
  }

  /** Aborts when `reader` is left behind. */
  signalOf(reader: Reader): AbortSignal {
    return this.#readers.get(reader)?.signal ?? AbortSignal.abort();
  }

  async *piecesFor(reader: Reader): SealedStream {
    for (;;) {
      const next = await new Promise<Next>((resolve, reject) => {
        if (!this.#isWorthIt()) throw tooFew();
        this.#waiting.set(reader, { resolve, reject });
        this.#step();
      });
      if (next.done === true) return next.value;
      yield next.value;
    }
  }

  /** Says that `reader` wants no more. When too few are left, the others need not go on either. */
  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#waiting.delete(reader);
    if (this.#readers.size === 0) void this.#source.return(undefined as never);
    else if (this.#isWorthIt()) this.#step();
    else for (const { reject } of this.#taken()) reject(tooFew());
  }

  abort(reason: unknown): void {
    for (const control of this.#readers.values()) control.abort(reason);
  }

  #isWorthIt(): boolean {
    return this.#options.enough(this.#readers.keys());
  }

  #step(): void {
    if (this.#reading || this.#waiting.size === 0) return;
    if (this.#waiting.size === this.#readers.size) void this.#read();
    else if (this.#options.enough(this.#waiting.keys()))
      this.#cancelTimer ??= this.#options.clock.setTimer(this.#options.lagMs, () => this.#leaveBehind());
  }

  async #read(): Promise<void> {
    const turns = this.#taken();
    this.#reading = true;
    try {
      const next = await this.#source.next();
      this.#reading = false;
      for (const { resolve } of turns) resolve(next);
    } catch (error) {
      this.#reading = false;
      for (const { reject } of turns) reject(error);
    }
  }

  #taken(): Turn[] {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const turns = [...this.#waiting.values()];
    this.#waiting.clear();
    return turns;
  }

  #leaveBehind(): void {
    for (const [reader, control] of [...this.#readers]) {
      if (this.#waiting.has(reader)) continue;
      this.#readers.delete(reader);
      control.abort(new Error('the region is too slow for the others'));
    }
    this.#step();
  }
}

function tooFew(): Error {
  return new Error('too few regions take the stream');
}
