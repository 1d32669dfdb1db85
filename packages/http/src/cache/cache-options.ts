import { InvalidConfigError } from '../errors.ts';

/** How long the answer of a GET is given again. */
export interface CacheLife {
  /** Given without asking the service, in ms; 0 asks every time, by `If-None-Match` where there is an ETag. */
  readonly ttlMs: number;
  /** After `ttlMs`, given once more at once while a new one is fetched behind it, in ms. @default 0 */
  readonly staleMs?: number | undefined;
}

/** The answers that a client keeps. */
export interface CacheOptions extends Partial<CacheLife> {
  /** Most answers; the one not read for longest goes first. @default 1000 */
  readonly maxEntries?: number;
  /** Most bytes of all answers together. @default 16 MiB */
  readonly maxBytes?: number;
}

export type ResolvedLife = Readonly<Record<'ttlMs' | 'staleMs', number>>;

export interface ResolvedCacheOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Of GETs that do not say; `undefined` keeps only what a call asks for. */
  readonly life: ResolvedLife | undefined;
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidConfigError(`${option} must be an integer >= 1, got ${String(value)}`);
}

function atLeastZero(option: string, value: number): number {
  if (value >= 0) return value;
  throw new InvalidConfigError(`${option} must be a number of ms >= 0, got ${String(value)}`);
}

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveLife({ ttlMs, staleMs }: CacheLife): ResolvedLife {
  return { ttlMs: atLeastZero('cache.ttlMs', ttlMs), staleMs: atLeastZero('cache.staleMs', staleMs ?? 0) };
}

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  const { ttlMs, staleMs } = options;
  if (staleMs !== undefined && ttlMs === undefined)
    throw new InvalidConfigError('cache.staleMs needs cache.ttlMs beside it');
  return {
    maxEntries: positive('cache.maxEntries', options.maxEntries ?? 1_000),
    maxBytes: positive('cache.maxBytes', options.maxBytes ?? 16 * 1024 * 1024),
    life: ttlMs === undefined ? undefined : resolveLife({ ttlMs, staleMs }),
  };
}
