import type { CacheLife, CallOptions } from '@llm-memory-graph/http';

/** What a vault client keeps; each part is off unless it is given. */
export interface VaultCacheOptions {
  /** `getArchiveMetadata`; own writes are seen at once, those of others after `ttlMs`. @default off */
  readonly archives?: CacheLife;
  /** `getRetentionPolicy`; policies never change. @default off */
  readonly policies?: CacheLife;
  /** Most answers. @default 1000 */
  readonly maxEntries?: number;
  /** Most bytes of all answers together. @default 16 MiB */
  readonly maxBytes?: number;
}

/** Which calls may be answered from the cache of an `HttpClient`. */
export class VaultCache {
  readonly #archives: CacheLife | false;
  readonly #policies: CacheLife | false;

  constructor({ archives, policies }: VaultCacheOptions) {
    this.#archives = archives ?? false;
    this.#policies = policies ?? false;
  }

  forArchives(options: CallOptions | undefined): CallOptions {
    return { cache: this.#archives, ...options };
  }

  forPolicies(options: CallOptions | undefined): CallOptions {
    return { cache: this.#policies, ...options };
  }
}
