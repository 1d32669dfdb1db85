import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type InsertResult, type NewArchive } from '../store/archive-store.ts';
import { type ArchiveTable, slotOf, type ArchiveName, type PlacedArchive } from './archive-table.ts';
import { type AuditChains } from './audit-chains.ts';
import { type ObjectStorage } from './object-storage.ts';
import { type NewObject, type ObjectTable } from './object-table.ts';
import { type Protection } from './protection.ts';
import { putSegments, type Segment } from './segments.ts';

export interface InsertParts {
  readonly query: PostgresQuery;
  readonly chains: AuditChains;
  readonly archives: ArchiveTable;
  readonly objects: ObjectTable;
  readonly storage: ObjectStorage;
  readonly protect: Protection;
}

/** Thrown when a sweep is removing what was just put: everything is put again. */
class Orphaned extends Error {}

const maxTries = 5;

const nameOf = ({ record }: NewArchive): ArchiveName => record;

/**
 * Stores the archives of many requests: first the objects, then, in one transaction, the rows that rely on them. A
 * process that dies in between leaves objects that nobody relies on, and nothing else.
 */
export function insertArchives(
  parts: InsertParts,
): (requests: readonly (readonly NewArchive[])[]) => Promise<InsertResult[][]> {
  const { query, chains, archives, objects, storage, protect } = parts;

  const commit = (all: readonly NewArchive[], segments: readonly Segment[]): Promise<InsertResult[]> =>
    chains.transaction(
      all.map(({ record }) => record.tenant),
      async (tx) => {
        const found = await archives.find(tx.query, all.map(nameOf));
        const extents = new Map(segments.flatMap(({ members }) => members.map((m) => [m.archive, m.extent] as const)));
        const placed = new Map<NewArchive, PlacedArchive>();
        const results = all.map((archive): InsertResult => {
          const { record: given, content, headerBytes, event } = archive;
          const known = found.get(slotOf(given));
          if (known && known.outcome !== 'absent') return known;
          const record = { ...given, auditSequence: tx.append(given.tenant, event).sequence };
          const extent = extents.get(archive);
          placed.set(archive, { record, head: content.subarray(0, headerBytes), extents: extent ? [extent] : [] });
          found.set(slotOf(given), { outcome: 'held', record });
          return { outcome: 'stored', record };
        });
        await archives.insert(tx.query, [...placed.values()]);
        const added = await objects.add(
          tx.query,
          segments.map((segment) => objectOf(segment, placed)),
        );
        if (!added) throw new Orphaned();
        for (const { record, extents: own } of placed.values()) await protect.apply(tx.query, own, record);
        return results;
      },
    );

  return async (requests) => {
    const all = requests.flat();
    if (all.length === 0) return requests.map(() => []);
    // What is there already need not be put. What is not may be by the time of the transaction, which decides.
    const known = await archives.find(query, all.map(nameOf));
    const fresh = new Map<string, NewArchive>();
    for (const archive of all) {
      const slot = slotOf(archive.record);
      if (!known.has(slot) && !fresh.has(slot)) fresh.set(slot, archive);
    }
    for (let tries = 1; ; tries++) {
      const segments = await putSegments(storage, [...fresh.values()]);
      try {
        const results = await commit(all, segments);
        return requests.map((request) => results.splice(0, request.length));
      } catch (error) {
        if (!(error instanceof Orphaned) || tries === maxTries) throw error;
      }
    }
  };
}

/** What counts of a segment: another process may have stored some of its archives first. */
function objectOf({ key, bytes, members }: Segment, placed: ReadonlyMap<NewArchive, unknown>): NewObject {
  const live = members.filter(({ archive }) => placed.has(archive));
  return { key, bytes, liveBytes: live.reduce((sum, { extent }) => sum + extent[2], 0), live: live.length };
}
