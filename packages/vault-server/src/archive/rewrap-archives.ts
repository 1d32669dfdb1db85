import { randomBytes } from 'node:crypto';

import { inspect, isArchiveError, rewrap } from '@llm-memory-graph/sealed-archive';
import { type RewrapReport } from '@llm-memory-graph/contracts';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { contextOf, keyTrouble } from './server-sealing.ts';

/** One step of a rotation: a page of archives, so that each request stays short and any can be repeated. */
export interface RewrapStep {
  readonly dryRun: boolean;
  /** Position to go on from. */
  readonly after: number;
  readonly limit: number;
}

export interface RewrapOutcome extends Omit<RewrapReport, 'nextCursor'> {
  readonly next: number | undefined;
}

/**
 * Wraps the data keys of a page of archives that the vault sealed with its present keys; the old wrapped keys are
 * destroyed. Content stays sealed, byte for byte; digest and size of an archive change with its header.
 *
 * @throws 503 when the keys cannot be reached; what was wrapped before stays so
 */
export async function rewrapArchives(vault: Vault, caller: Caller, step: RewrapStep): Promise<RewrapOutcome> {
  const { dryRun, after, limit } = step;
  const { records, next } = await vault.store.list(caller.tenant, { sealedBy: 'server', after, limit });
  const failed: string[] = [];
  let rewrapped = 0;
  const [first] = records;
  const present = first ? await presentKeyIds(vault, first) : [];
  for (const record of records) {
    const outcome = record.encrypted ? await rewrapOne(vault, caller, record, present, dryRun) : 'current';
    if (outcome === 'failed') failed.push(record.archiveId);
    if (outcome === 'rewrapped') rewrapped++;
  }
  return { dryRun, examined: records.length, rewrapped, failed, next };
}

/** The keys that an archive sealed now would be wrapped with. */
async function presentKeyIds({ keyProvider }: Vault, record: ArchiveRecord): Promise<readonly string[]> {
  try {
    const wrapped = await keyProvider.wrap(randomBytes(32), contextOf(record.tenant, record));
    return wrapped.map(({ keyId }) => keyId);
  } catch (error) {
    throw keyTrouble(error);
  }
}

type Outcome = 'current' | 'rewrapped' | 'failed';

async function rewrapOne(
  vault: Vault,
  caller: Caller,
  matched: ArchiveRecord,
  present: readonly string[],
  dryRun: boolean,
): Promise<Outcome> {
  const { store, keyProvider: keys, clock, logger } = vault;
  const { tenant, archiveId } = matched;
  for (let record = matched; ;) {
    const sealed = await store.content(tenant, archiveId);
    if (!sealed) return 'current';
    const context = contextOf(tenant, record);
    try {
      if (sameNames(inspect(sealed).keyIds, present)) return 'current';
      if (dryRun) return 'rewrapped';
      const { bytes, digest, size, keyIds } = await rewrap(sealed, { context, from: keys, to: keys });
      const header = bytes.subarray(0, inspect(bytes).headerBytes);
      const detail = { digest, size, previous_digest: record.digest, key_ids: keyIds.join(' ') };
      const event = {
        at: new Date(clock.now()),
        actor: caller.actor,
        action: 'rewrap',
        subject: archiveId,
        detail,
      } as const;
      if (await store.rewrap(record, { header, digest, size }, event)) {
        vault.metrics.changed('rewrap');
        return 'rewrapped';
      }
    } catch (error) {
      if (!isArchiveError(error) || error.code === 'key_unavailable') throw keyTrouble(error);
      logger.error({ tenant, archive_id: archiveId, code: error.code }, 'an archive cannot be wrapped anew');
      return 'failed';
    }
    const found = await store.find(tenant, archiveId);
    if (found.outcome !== 'held') return 'current';
    record = found.record;
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
