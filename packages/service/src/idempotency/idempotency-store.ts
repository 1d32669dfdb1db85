/** An answer that is given again when its key comes again. */
export interface RememberedAnswer {
  /** Digest of the request that made it. */
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** When it may be forgotten, ms since the epoch. */
  readonly expiresAt: number;
}

/**
 * Remembers answers by tenant and key. From `put` on, `get` finds the answer; a durable store may write it a moment
 * later, together with other data, because the handlers are idempotent by their own ids as well.
 */
export interface IdempotencyStore {
  /** The answer, unless it expired before `now` (ms since the epoch). */
  get(tenant: string, key: string, now: number): RememberedAnswer | undefined | Promise<RememberedAnswer | undefined>;
  put(tenant: string, key: string, answer: RememberedAnswer): void | Promise<void>;
}
