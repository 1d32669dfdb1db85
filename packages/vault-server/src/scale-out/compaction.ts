import { randomUUID } from 'node:crypto';

import { type PostgresDatabase } from '@llm-memory-graph/service/postgres';

import { type Extent } from './extent.ts';
import { type ObjectStorage } from './object-storage.ts';
import { type ObjectTable } from './object-table.ts';

interface Live {
  readonly tenant: string;
  readonly archive_id: string;
  readonly extents: readonly Extent[];
  readonly protected: boolean;
}

interface Moved {
  readonly tenant: string;
  readonly archive_id: string;
  readonly old: Extent;
  readonly next: Extent;
}

/** How many objects are rewritten in one go. */
const atMost = 20;

/**
 * Rewrites objects of which less than half counts, so that the bytes of erased archives go. Objects that hold something
 * under a lock or a legal hold stay: they could not be removed.
 *
 * @returns how many were rewritten
 */
export async function compactObjects(
  database: PostgresDatabase,
  schema: string,
  objects: ObjectTable,
  storage: ObjectStorage,
): Promise<number> {
  let compacted = 0;
  for (const key of await objects.sparse(database.query, atMost)) {
    const live = await database.query<Live>(
      `SELECT tenant, archive_id, extents, hold IS NOT NULL OR lock_mode IS NOT NULL AS protected
       FROM ${schema}.archive WHERE extents->0->>0 = $1 AND jsonb_array_length(extents) = 1`,
      [key],
    );
    if (live.length === 0 || live.some((one) => one.protected)) continue;
    if (await moveTogether(database, schema, objects, storage, live)) compacted += 1;
  }
  return compacted;
}

async function moveTogether(
  database: PostgresDatabase,
  schema: string,
  objects: ObjectTable,
  storage: ObjectStorage,
  live: readonly Live[],
): Promise<boolean> {
  const key = `s/${randomUUID()}`;
  const pieces: Uint8Array[] = [];
  const moved: Moved[] = [];
  let bytes = 0;
  for (const { tenant, archive_id, extents } of live) {
    const [old] = extents;
    if (!old) continue;
    const next: Extent = [key, bytes, old[2]];
    for await (const piece of storage.read(old[0], old[1], old[1] + old[2])) pieces.push(piece);
    bytes += old[2];
    moved.push({ tenant, archive_id, old, next });
  }
  await storage.put(key, Buffer.concat(pieces));
  return database.transaction(async (query) => {
    // Those that were erased or moved meanwhile are not touched.
    const rows = await query<{ extents: readonly [Extent] }>(
      `UPDATE ${schema}.archive a SET extents = jsonb_build_array(r.next)
       FROM json_to_recordset($1) AS r(tenant text, archive_id text, old jsonb, next jsonb)
       WHERE a.tenant = r.tenant AND a.archive_id = r.archive_id AND a.extents = jsonb_build_array(r.old)
         AND a.hold IS NULL AND a.lock_mode IS NULL
       RETURNING a.extents`,
      [JSON.stringify(moved)],
    );
    const kept = new Map(moved.map((one) => [one.next[1], one]));
    const taken = rows.flatMap(({ extents: [[, offset]] }) => kept.get(offset) ?? []);
    const liveBytes = taken.reduce((sum, { next }) => sum + next[2], 0);
    if (!(await objects.add(query, [{ key, bytes, liveBytes, live: taken.length }])))
      throw new Error('the object of a compaction was taken for an orphan');
    await objects.release(
      query,
      taken.map(({ old }) => old),
    );
    return taken.length > 0;
  });
}
