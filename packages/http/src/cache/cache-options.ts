import * as z from 'zod/mini';
import { checkOptions, integerFrom, optionsOf, waitMs } from '../option-check.ts';

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

/** `CacheLife`, as its user writes it. */
export const cacheLifeSchema = optionsOf({ ttlMs: waitMs, staleMs: waitMs }).check(
  z.refine(({ ttlMs }) => ttlMs !== undefined, { error: 'must be a number of ms >= 0', path: ['ttlMs'] }),
);

/** `CacheOptions`, as their user writes them. */
export const cacheSchema = optionsOf({
  ttlMs: waitMs,
  staleMs: waitMs,
  maxEntries: integerFrom(1),
  maxBytes: integerFrom(1),
}).check(
  z.refine(({ ttlMs, staleMs }) => staleMs === undefined || ttlMs !== undefined, {
    error: 'needs ttlMs beside it',
    path: ['staleMs'],
  }),
);

const lifeOfCall = optionsOf({ cache: cacheLifeSchema });

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveLife(life: CacheLife): ResolvedLife {
  const { ttlMs, staleMs = 0 } = life;
  // Once per call, so only what looks wrong is looked at closely.
  if (!(ttlMs >= 0 && staleMs >= 0)) checkOptions(lifeOfCall, { cache: life });
  return { ttlMs, staleMs };
}

/** Options that were checked already. */
export function resolveCacheOptions({ ttlMs, staleMs = 0, ...bounds }: CacheOptions): ResolvedCacheOptions {
  return {
    maxEntries: bounds.maxEntries ?? 1_000,
    maxBytes: bounds.maxBytes ?? 16 * 1024 * 1024,
    life: ttlMs === undefined ? undefined : { ttlMs, staleMs },
  };
}
