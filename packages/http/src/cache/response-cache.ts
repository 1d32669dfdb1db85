import type { HttpAnswer } from '../request.ts';
import type { ResolvedCacheOptions } from './cache-options.ts';

/** An answer as it is kept. */
export interface CachedAnswer {
  readonly path: string;
  readonly answer: HttpAnswer;
  readonly etag: string | undefined;
  /** On the monotonic clock. */
  readonly storedAt: number;
}

/** A fetch under way whose answer may be stored, unless its path is invalidated meanwhile. */
export interface Filling {
  readonly id: string;
  readonly path: string;
  begun: boolean;
  valid: boolean;
}

// Headers and the key of an entry are not counted one by one.
const overheadBytes = 1_024;

function sizeOf(entry: CachedAnswer): number {
  return entry.answer.body.byteLength + overheadBytes;
}

function isBelow(path: string, prefix: string): boolean {
  return (
    path.startsWith(prefix) && (path.length === prefix.length || prefix.endsWith('/') || path[prefix.length] === '/')
  );
}

/** Answers of GETs, the one not read for longest dropped first. */
export class ResponseCache {
  readonly #options: ResolvedCacheOptions;
  /** In the order of use, the latest last. */
  readonly #entries = new Map<string, CachedAnswer>();
  readonly #fillings = new Map<string, Filling>();
  #bytes = 0;
  #fillingsBegun = 0;

  constructor(options: ResolvedCacheOptions) {
    this.#options = options;
  }

  /** Answers kept now. */
  get size(): number {
    return this.#entries.size;
  }

  /** Their bytes, at most `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Forgets the answers at `pathPrefix` and below it, whatever their query and whoever asked; answers on their way
   * are not kept either. Segments count whole: `/sessions/s-1` is not above `/sessions/s-10`.
   *
   * @example
   * http.cache?.invalidate('/api/v1/sessions/s-1');
   */
  invalidate(pathPrefix: string): void {
    for (const [key, entry] of this.#entries) if (isBelow(entry.path, pathPrefix)) this.#drop(key, entry);
    for (const [key, filling] of this.#fillings) {
      if (!isBelow(filling.path, pathPrefix)) continue;
      filling.valid = false;
      this.#fillings.delete(key);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.invalidate('/');
  }

  /** @internal */
  find(key: string): CachedAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** @internal The fetch under way for `key`, or a new one; to be ended by {@link end}. */
  begin(key: string, path: string): Filling {
    let filling = this.#fillings.get(key);
    if (filling === undefined) {
      filling = { id: String(this.#fillingsBegun++), path, begun: false, valid: true };
      this.#fillings.set(key, filling);
    }
    return filling;
  }

  /** @internal */
  end(key: string, filling: Filling): void {
    if (this.#fillings.get(key) === filling) this.#fillings.delete(key);
  }

  /** @internal */
  store(key: string, entry: CachedAnswer): void {
    const old = this.#entries.get(key);
    if (old) this.#drop(key, old);
    const size = sizeOf(entry);
    if (size > this.#options.maxBytes) return;
    this.#entries.set(key, entry);
    this.#bytes += size;
    for (const [oldest, dropped] of this.#entries) {
      if (this.#entries.size <= this.#options.maxEntries && this.#bytes <= this.#options.maxBytes) return;
      this.#drop(oldest, dropped);
    }
  }

  #drop(key: string, entry: CachedAnswer): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(entry);
  }
}
