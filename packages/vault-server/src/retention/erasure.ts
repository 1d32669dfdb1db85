import { randomUUID } from 'node:crypto';

import { type ErasureReceipt, type ErasureRequest } from '@llm-memory-graph/contracts';
import { problem } from '@llm-memory-graph/service';

import { type Caller } from '../caller.ts';
import { type ArchiveQuery, type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { obstacleOf, type Obstacle } from './obstacle.ts';

/** Erasures under way at a time: stores commit what arrives together in one step. */
const atOnce = 64;
const pageSize = 500;

/** The receipt before it is signed. */
export type ErasureReport = Omit<ErasureReceipt, 'keyId' | 'signature'>;

/**
 * Destroys the keys of all archives that a request names, held and locked ones excepted. Each is gone durably before it
 * stands in the report, and each has its own entry in the audit chain; the request has one as well, told last.
 *
 * @throws 422 when there are more than `maxErasures`; nothing is erased then
 */
export async function erasure(vault: Vault, caller: Caller, request: ErasureRequest): Promise<ErasureReport> {
  const { tenant, actor } = caller;
  const erasureId = randomUUID();
  const { records, absent } = await matching(vault, tenant, request);
  const at = new Date(vault.clock.now());
  const { dryRun, reference } = request;
  const report: ErasureReport = {
    ...{ erasureId, tenant, at, reference, dryRun, absent, auditSequence: null },
    ...{ erased: [], kept: [] },
  };
  for (let i = 0; i < records.length; i += atOnce) {
    const some = records.slice(i, i + atOnce);
    const outcomes = await Promise.all(some.map((record) => eraseOne(vault, caller, record, erasureId, dryRun)));
    for (const outcome of outcomes) {
      if ('digest' in outcome) report.erased.push(outcome);
      else if ('reason' in outcome) report.kept.push(outcome);
      else report.absent.push(outcome.archiveId);
    }
  }
  if (dryRun) return report;
  const counts = { erased: report.erased.length, kept: report.kept.length, absent: report.absent.length };
  const detail = { by: criterionOf(request), ...(reference !== '' && { reference }), ...counts };
  const event = { at, actor, action: 'erasure', subject: erasureId, detail } as const;
  const { sequence } = await vault.store.log(tenant, event);
  vault.metrics.changed('erasure');
  return { ...report, auditSequence: sequence };
}

type Criterion = 'ids' | 'session' | 'metadata';

/** @throws 400 unless there is exactly one */
function criterionOf({ archiveIds, sessionId, metadata }: ErasureRequest): Criterion {
  const given: Criterion[] = [];
  if (archiveIds) given.push('ids');
  if (sessionId !== undefined) given.push('session');
  if (metadata) given.push('metadata');
  const [one] = given;
  if (one && given.length === 1) return one;
  const message = `needs exactly one of archive_ids, session_id and metadata, got ${given.length}`;
  throw problem(400, 'validation', 'the request must say what to erase', { errors: [{ pointer: '', message }] });
}

interface Matching {
  readonly records: readonly ArchiveRecord[];
  readonly absent: string[];
}

async function matching(vault: Vault, tenant: string, request: ErasureRequest): Promise<Matching> {
  criterionOf(request);
  const { archiveIds, sessionId, metadata, maxErasures } = request;
  if (archiveIds) return byIds(vault, tenant, [...new Set(archiveIds)], maxErasures);
  const query = metadata ? { metadata } : { sessionId: sessionId ?? '' };
  return { records: await byQuery(vault, tenant, query, maxErasures), absent: [] };
}

async function byIds({ store }: Vault, tenant: string, ids: readonly string[], most: number): Promise<Matching> {
  if (ids.length > most) throw tooMany(most);
  const records: ArchiveRecord[] = [];
  const absent: string[] = [];
  for (const id of ids) {
    const found = await store.find(tenant, id);
    if (found.outcome === 'held') records.push(found.record);
    else absent.push(id);
  }
  return { records, absent };
}

async function byQuery(
  { store }: Vault,
  tenant: string,
  query: Pick<ArchiveQuery, 'sessionId' | 'metadata'>,
  most: number,
): Promise<readonly ArchiveRecord[]> {
  const records: ArchiveRecord[] = [];
  for (let after = 0; ;) {
    const page = await store.list(tenant, { ...query, after, limit: pageSize });
    records.push(...page.records);
    if (records.length > most) throw tooMany(most);
    if (page.next === undefined) return records;
    after = page.next;
  }
}

type Outcome = ErasureReceipt['erased'][number] | ErasureReceipt['kept'][number] | { readonly archiveId: string };

/** Judges an archive as it stands and erases it as it was judged, again when it was changed meanwhile. */
async function eraseOne(
  vault: Vault,
  { tenant, actor }: Caller,
  matched: ArchiveRecord,
  erasureId: string,
  dryRun: boolean,
): Promise<Outcome> {
  const { archiveId } = matched;
  for (let record = matched; ;) {
    const { digest, size } = record;
    const obstacle = obstacleOf(vault, record, false);
    if (obstacle && !dryRun) vault.metrics.deletionRefused('erasure', obstacle);
    if (obstacle) return kept(record, obstacle);
    if (dryRun) return { archiveId, digest, auditSequence: null };
    const detail = { digest, size, erasure_id: erasureId };
    const event = { at: new Date(vault.clock.now()), actor, action: 'erase', subject: archiveId, detail } as const;
    const entry = await vault.store.erase(record, event);
    if (entry) {
      vault.metrics.deleted('erasure', size);
      return { archiveId, digest, auditSequence: entry.sequence };
    }
    const found = await vault.store.find(tenant, archiveId);
    if (found.outcome !== 'held') return { archiveId };
    record = found.record;
  }
}

function kept({ archiveId, lock }: ArchiveRecord, obstacle: Obstacle): ErasureReceipt['kept'][number] {
  if (obstacle === 'legal-hold' || !lock) return { archiveId, reason: 'legal-hold' };
  return { archiveId, reason: 'lock', lock: { ...lock } };
}

function tooMany(most: number): Error {
  return problem(422, 'too-many-matches', `more than ${most} archives match: raise max_erasures if all are meant`, {
    extensions: { max_erasures: most },
  });
}
