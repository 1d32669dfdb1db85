import { describe, expect, it } from 'vitest';
import { resolveCacheOptions, type CacheOptions } from './cache-options.ts';
import { ResponseCache, type CachedAnswer } from './response-cache.ts';

function entry(path: string, bytes = 1): CachedAnswer {
  const answer = {
    status: 200,
    headers: new Headers(),
    requestId: undefined,
    attempts: 1,
    body: new Uint8Array(bytes),
  };
  return { path, answer, etag: undefined, storedAt: 0 };
}

function cacheOf(paths: readonly string[], options: CacheOptions = {}): ResponseCache {
  const cache = new ResponseCache(resolveCacheOptions(options));
  for (const path of paths) cache.store(path, entry(path));
  return cache;
}

const kept = (cache: ResponseCache, paths: readonly string[]): string[] => paths.filter((path) => cache.find(path));

describe('ResponseCache', () => {
  it('drops the answer not read for longest when there are too many', () => {
    const cache = cacheOf(['/a', '/b'], { maxEntries: 2 });
    cache.find('/a');
    cache.store('/c', entry('/c'));
    expect(kept(cache, ['/a', '/b', '/c'])).toEqual(['/a', '/c']);
  });

  it('holds at most maxBytes and never an answer that alone is larger', () => {
    const cache = new ResponseCache(resolveCacheOptions({ maxBytes: 10_000 }));
    for (let i = 0; i < 100; i++) cache.store(`/${String(i)}`, entry('/x', 1_000));
    expect(cache.bytes).toBeLessThanOrEqual(10_000);
    expect(cache.size).toBe(4);
    cache.store('/99', entry('/x', 20_000));
    expect(cache.find('/99')).toBeUndefined();
    cache.clear();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('forgets by whole path segments', () => {
    const paths = ['/sessions', '/sessions/s-1', '/sessions/s-1/usage', '/sessions/s-10', '/models'];
    const cache = cacheOf(paths);
    cache.invalidate('/sessions/s-1');
    expect(kept(cache, paths)).toEqual(['/sessions', '/sessions/s-10', '/models']);
    cache.invalidate('/sessions');
    expect(kept(cache, paths)).toEqual(['/models']);
  });
});
