import { InvalidConfigError, type CacheLife, type CallOptions } from '@llm-memory-graph/http';

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

  /** @throws {InvalidConfigError} naming the option and its value */
  constructor({ archives, policies }: VaultCacheOptions) {
    this.#archives = checkedLife('cache.archives', archives);
    this.#policies = checkedLife('cache.policies', policies);
  }

  forArchives(options: CallOptions | undefined): CallOptions {
    return { cache: this.#archives, ...options };
  }

  forPolicies(options: CallOptions | undefined): CallOptions {
    return { cache: this.#policies, ...options };
  }
}

function checkedLife(option: string, life: CacheLife | undefined): CacheLife | false {
  for (const [name, value] of Object.entries({ ttlMs: life?.ttlMs ?? 0, staleMs: life?.staleMs ?? 0 }))
    if (!(value >= 0))
      throw new InvalidConfigError(`${option}.${name} must be a number of ms >= 0, got ${String(value)}`);
  return life ?? false;
}
