import { coalesce, type Clock, type Coalesce } from '@llm-memory-graph/resilience';
import type { HttpAnswer, HttpRequest } from '../request.ts';
import type { ResolvedLife } from './cache-options.ts';
import type { CachedAnswer, Filling, ResponseCache } from './response-cache.ts';

/** Asks the service, rejecting unless the answer can be read; with an ETag, a 304 says that it is as it was. */
export type Ask = (signal: AbortSignal, etag: string | undefined) => Promise<{ answer: HttpAnswer; principal: string }>;

/** One GET that may be answered from the cache. */
export interface CachedCall {
  readonly request: HttpRequest;
  /** Of this call alone; part of the key, for they may change the answer. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Who asks; another one's answers are out of reach. */
  readonly principal: string;
  readonly life: ResolvedLife;
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number | undefined;
  readonly ask: Ask;
}

function keyOf({ request, headers }: CachedCall, principal: string): string {
  return JSON.stringify([principal, request.path, request.query, request.accept, request.headers, headers]);
}

// RFC 9111: what must not be stored at all, and what no key can tell apart.
function isStorable({ headers }: HttpAnswer): boolean {
  return !/\bno-store\b/i.test(headers.get('cache-control') ?? '') && headers.get('vary')?.trim() !== '*';
}

/** What is kept must not change in a caller's hands, so everybody gets a copy. */
function copyOf(answer: HttpAnswer, changes: Partial<HttpAnswer>): HttpAnswer {
  return { ...answer, headers: new Headers(answer.headers), body: new Uint8Array(answer.body), ...changes };
}

/** Answers GETs from a cache, fetches each missing answer once however many wait for it. */
export class Caching {
  readonly cache: ResponseCache;
  readonly #clock: Clock;
  readonly #flights: Coalesce;

  constructor(cache: ResponseCache, clock: Clock) {
    this.cache = cache;
    this.#clock = clock;
    this.#flights = coalesce({ clock });
  }

  async answer(call: CachedCall): Promise<HttpAnswer> {
    const key = keyOf(call, call.principal);
    const entry = this.cache.find(key);
    const age = entry ? this.#clock.monotonic() - entry.storedAt : Infinity;
    const { ttlMs, staleMs } = call.life;
    if (entry && age < ttlMs) return copyOf(entry.answer, { cached: 'fresh', attempts: 0 });
    if (entry && age < ttlMs + staleMs) {
      // A failure is logged by the client; the next caller tries again.
      void this.#fetch(call, key, entry, {}).catch(() => undefined);
      return copyOf(entry.answer, { cached: 'stale', attempts: 0 });
    }
    const { signal, deadlineMs } = call;
    return copyOf(await this.#fetch(call, key, entry, { signal, deadlineMs }), {});
  }

  /** Callers that leave early do not take the fetch with them while others wait. */
  #fetch(
    call: CachedCall,
    key: string,
    entry: CachedAnswer | undefined,
    waiter: Pick<CachedCall, 'signal' | 'deadlineMs'> | Record<string, never>,
  ): Promise<HttpAnswer> {
    const filling = this.cache.begin(key, call.request.path);
    const fetched = this.#flights.execute(({ signal }) => this.#fill(call, key, entry, filling, signal), {
      ...waiter,
      key: filling.id,
    });
    // The caller was gone before it began.
    if (!filling.begun) this.cache.end(key, filling);
    return fetched;
  }

  async #fill(
    call: CachedCall,
    key: string,
    entry: CachedAnswer | undefined,
    filling: Filling,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    filling.begun = true;
    try {
      const { answer: received, principal } = await call.ask(signal, entry?.etag);
      const unchanged = entry !== undefined && received.status === 304;
      const answer: HttpAnswer = unchanged
        ? { ...entry.answer, requestId: received.requestId, attempts: received.attempts, cached: 'revalidated' }
        : copyOf(received, {});
      if (filling.valid && isStorable(received)) {
        const etag = received.headers.get('etag') ?? (unchanged ? entry.etag : undefined);
        // Under the key that was used in the end: a refresh after a 401 may have changed who asks.
        this.cache.store(keyOf(call, principal), {
          path: call.request.path,
          answer,
          etag,
          storedAt: this.#clock.monotonic(),
        });
      }
      return answer;
    } finally {
      this.cache.end(key, filling);
    }
  }
}
