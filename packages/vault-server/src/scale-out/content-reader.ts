import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type ArchiveName, type ArchiveTable, type ContentPlace } from './archive-table.ts';
import { slicedExtents } from './extent.ts';
import { ObjectMissing, type ObjectStorage } from './object-storage.ts';

/** Reads sealed bytes: the header from its row, the rest from objects. */
export interface ContentReader {
  whole(name: ArchiveName): Promise<Uint8Array | undefined>;
  range(name: ArchiveName, start: number, end: number): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export function contentReader(query: PostgresQuery, archives: ArchiveTable, storage: ObjectStorage): ContentReader {
  async function* bodyOf(
    name: ArchiveName,
    place: ContentPlace,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array, void, void> {
    let at = start;
    for (let { extents } = place; ;) {
      try {
        for (const [key, offset, bytes] of slicedExtents(extents, at, end))
          for await (const piece of storage.read(key, offset, offset + bytes)) {
            at += piece.length;
            yield piece;
          }
        return;
      } catch (error) {
        if (!(error instanceof ObjectMissing)) throw error;
        // A compaction may have moved the rest of it while it was read.
        const moved = await archives.place(query, name);
        if (!moved || JSON.stringify(moved.extents) === JSON.stringify(extents)) throw error;
        extents = moved.extents;
      }
    }
  }

  async function* bytesOf(
    name: ArchiveName,
    place: ContentPlace,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array, void, void> {
    const { length } = place.head;
    if (start < length) yield place.head.subarray(start, end);
    if (end > length) yield* bodyOf(name, place, Math.max(0, start - length), end - length);
  }

  return {
    whole: async (name) => {
      const place = await archives.place(query, name);
      if (!place) return undefined;
      const size = place.extents.reduce((sum, [, , bytes]) => sum + bytes, place.head.length);
      const pieces: Uint8Array[] = [];
      try {
        for await (const piece of bytesOf(name, place, 0, size)) pieces.push(piece);
      } catch (error) {
        if (error instanceof ObjectMissing && !(await archives.place(query, name))) return undefined;
        throw error;
      }
      return Buffer.concat(pieces);
    },
    range: async (name, start, end) => {
      const place = await archives.place(query, name);
      return place && bytesOf(name, place, start, end);
    },
  };
}
