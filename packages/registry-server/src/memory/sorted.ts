import type { Slice } from '../store/registry-store.ts';

/** Orders text the way SQLite's BINARY collation orders its UTF-8: by code point. */
export function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function sliceOf<Item>(items: readonly Item[], { offset, limit }: Slice<unknown>): readonly Item[] {
  return items.slice(offset, offset + limit);
}
