/** Some bytes of an object. */
export type Extent = readonly [key: string, offset: number, bytes: number];

/** The part of `extents` from `start` to before `end`, counted over all of them. */
export function slicedExtents(extents: readonly Extent[], start: number, end: number): Extent[] {
  const found: Extent[] = [];
  let at = 0;
  for (const [key, offset, bytes] of extents) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, bytes);
    if (from < to) found.push([key, offset + from, to - from]);
    at += bytes;
  }
  return found;
}
