import { type PostgresDatabase } from '@llm-memory-graph/service/postgres';

import { type ObjectStorage } from './object-storage.ts';
import { type ObjectTable } from './object-table.ts';

/**
 * Removes objects and multipart uploads that no row names: a process died between putting them and committing the row.
 * The age only saves work. What makes it safe is that the key is taken first: either the row of the process that put
 * the object is there, and the object stays, or that process will find the key taken, and not rely on it.
 *
 * @param before only what is older
 * @returns how many were removed
 */
export async function sweepOrphans(
  { query }: PostgresDatabase,
  objects: ObjectTable,
  storage: ObjectStorage,
  before: Date,
): Promise<number> {
  let removed = 0;
  const pending: string[] = [];
  const removeUnnamed = async (): Promise<void> => {
    const keys = pending.splice(0);
    if (keys.length === 0) return;
    for (const key of await objects.takeOrphans(query, keys)) if (await storage.remove(key)) removed += 1;
  };
  for await (const { key, since } of storage.list()) {
    if (since < before) pending.push(key);
    if (pending.length >= 500) await removeUnnamed();
  }
  await removeUnnamed();
  for await (const { key, partsId, since } of storage.listParts()) {
    if (since >= before) continue;
    const [taken] = await objects.takeOrphans(query, [key]);
    if (taken === undefined) continue;
    await storage.abortParts(key, partsId);
    removed += 1;
  }
  return removed;
}
