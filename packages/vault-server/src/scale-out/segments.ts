import { randomUUID } from 'node:crypto';

import { type NewArchive } from '../store/archive-store.ts';
import { type Extent } from './extent.ts';
import { type ObjectStorage } from './object-storage.ts';

/** An object that holds what follows the headers of some archives. */
export interface Segment {
  readonly key: string;
  readonly bytes: number;
  readonly members: readonly SegmentMember[];
}

export interface SegmentMember {
  readonly archive: NewArchive;
  readonly extent: Extent;
}

/** A segment is closed once it has this many bytes. */
const fullBytes = 8 * 2 ** 20;

/**
 * Packs the bodies of archives that came together into few objects: one per tenant and retention, so that one lock and
 * one expiry fit all of it.
 */
export async function putSegments(storage: ObjectStorage, archives: readonly NewArchive[]): Promise<Segment[]> {
  const open = new Map<string, NewArchive[]>();
  const full: NewArchive[][] = [];
  const bytesOf = (group: readonly NewArchive[]): number => group.reduce((sum, one) => sum + bodyOf(one).length, 0);
  for (const archive of archives) {
    if (bodyOf(archive).length === 0) continue;
    const { tenant, retentionDays } = archive.record;
    const kind = JSON.stringify([tenant, retentionDays]);
    const group = [...(open.get(kind) ?? []), archive];
    if (bytesOf(group) < fullBytes) open.set(kind, group);
    else {
      open.delete(kind);
      full.push(group);
    }
  }
  return Promise.all([...full, ...open.values()].map((group) => putSegment(storage, group)));
}

async function putSegment(storage: ObjectStorage, archives: readonly NewArchive[]): Promise<Segment> {
  const key = `s/${randomUUID()}`;
  let bytes = 0;
  const members = archives.map((archive): SegmentMember => {
    const { length } = bodyOf(archive);
    const extent: Extent = [key, bytes, length];
    bytes += length;
    return { archive, extent };
  });
  await storage.put(key, Buffer.concat(archives.map(bodyOf)));
  return { key, bytes, members };
}

function bodyOf({ content, headerBytes }: NewArchive): Uint8Array {
  return content.subarray(headerBytes);
}
