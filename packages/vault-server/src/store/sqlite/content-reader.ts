import { type ArchiveTable, type ContentPlace } from './archive-table.ts';
import { type ContentFiles } from './content-files.ts';

/** Reads sealed bytes from wherever they are. */
export interface ContentReader {
  whole(tenant: string, archiveId: string): Promise<Uint8Array | undefined>;
  range(tenant: string, archiveId: string, start: number, end: number): AsyncIterable<Uint8Array> | undefined;
}

export function contentReader(archives: ArchiveTable, files: ContentFiles): ContentReader {
  return {
    whole: async (tenant, archiveId) => {
      const found = archives.find(tenant, archiveId);
      const place = archives.content(tenant, archiveId);
      if (found.outcome !== 'held' || !place) return undefined;
      const pieces: Uint8Array[] = [];
      for await (const piece of bytesOf(place, files, 0, found.record.size)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    range: (tenant, archiveId, start, end) => {
      const place = archives.content(tenant, archiveId);
      return place && bytesOf(place, files, start, end);
    },
  };
}

async function* bytesOf(
  { head, body, file }: ContentPlace,
  files: ContentFiles,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, void> {
  if (start < head.length) yield head.subarray(start, end);
  if (body) {
    const from = Math.max(0, start - head.length);
    if (end > head.length) yield body.subarray(from, end - head.length);
  } else if (file !== null) {
    // The file has the header's place, wiped, so offsets in it are those of the archive.
    yield* files.read(file, Math.max(start, head.length), end);
  }
}
