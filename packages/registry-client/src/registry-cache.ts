import { pathOf, registryEndpoints as endpoints } from '@llm-memory-graph/contracts';
import type { CacheLife, CallOptions, HttpClient } from '@llm-memory-graph/http';

/** What a registry client keeps; each part is off unless it is given. */
export interface RegistryCacheOptions {
  /** Model metadata: `getModelMetadata`, `listModels`, `models`. @default off */
  readonly models?: CacheLife;
  /** `getSessionUsage`, `getModelUsage`; own writes are seen at once, those of others after `ttlMs`. @default off */
  readonly usage?: CacheLife;
  /** Most answers. @default 1000 */
  readonly maxEntries?: number;
  /** Most bytes of all answers together. @default 16 MiB */
  readonly maxBytes?: number;
}

const maxTracked = 1_000;

/** Which calls are answered from the cache of an `HttpClient`, and what own writes take out of it. */
export class RegistryCache {
  readonly #models: CacheLife | false;
  readonly #usage: CacheLife | false;
  /** Asked for by this client: a report that names no model may count for any of them. */
  readonly #modelUsagePaths = new Set<string>();

  constructor({ models, usage }: RegistryCacheOptions) {
    this.#models = models ?? false;
    this.#usage = usage ?? false;
  }

  forModels(options: CallOptions | undefined): CallOptions {
    return { cache: this.#models, ...options };
  }

  forUsage(options: CallOptions | undefined): CallOptions {
    return { cache: this.#usage, ...options };
  }

  /** Notes that the usage of a model is about to be read. */
  noteModelUsage(path: string, { cache }: HttpClient): void {
    if (!cache) return;
    if (this.#modelUsagePaths.size >= maxTracked) this.#forgetModelUsage(cache);
    this.#modelUsagePaths.add(path);
  }

  /** Usage changed: of these sessions, and of these models (`''` or none: of any). */
  usageChanged(
    reports: Iterable<{ readonly sessionId: string; readonly modelId?: string | undefined }>,
    { cache }: HttpClient,
  ): void {
    if (!cache) return;
    for (const { sessionId, modelId } of reports) {
      cache.invalidate(pathOf(endpoints.getSessionUsage, sessionId));
      if (modelId) cache.invalidate(pathOf(endpoints.getModelUsage, modelId));
      else this.#forgetModelUsage(cache);
    }
  }

  #forgetModelUsage(cache: NonNullable<HttpClient['cache']>): void {
    for (const path of this.#modelUsagePaths) cache.invalidate(path);
    this.#modelUsagePaths.clear();
  }
}
