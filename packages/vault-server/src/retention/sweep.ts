import { type RetentionPolicy, type SweepReport, type SweepRequest } from '@llm-memory-graph/contracts';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { maxDriftMs, observationMs, type ClockDoubt } from './clock-guard.ts';
import { governingPolicy, policiesOf } from './governing-policy.ts';
import { obstacleOf } from './obstacle.ts';

const pageSize = 500;

/** Deletes what expired and whose policies say so; the README has the rules. */
export async function sweep(vault: Vault, caller: Caller, order: SweepRequest): Promise<SweepReport> {
  const report = await swept(vault, caller, order);
  const { dryRun, skipped, capped, held, locked } = report;
  if (dryRun) {
    vault.metrics.swept('dry-run');
    return report;
  }
  vault.metrics.swept(skipped ?? (capped ? 'capped' : 'done'));
  vault.metrics.deletionRefused('retention', 'legal-hold', held);
  vault.metrics.deletionRefused('retention', 'lock', locked);
  return report;
}

async function swept(vault: Vault, caller: Caller, order: SweepRequest): Promise<SweepReport> {
  const { store, clock } = vault;
  const { tenant } = caller;
  const now = clock.now();
  const skipped = await clockDoubt(vault, tenant, now);
  const report = { dryRun: order.dryRun, skipped, archiveIds: [] as string[], held: 0, locked: 0, kept: 0 };
  if (skipped && !order.dryRun) {
    // Not in the audit chain: an entry made by a clock in doubt would make that clock look right.
    vault.logger.warn({ tenant, reason: skipped }, 'retention sweep skipped');
    vault.onEvent({ type: 'sweep-skipped', tenant, reason: skipped });
    return { ...report, capped: false };
  }
  const cap = Math.min(order.maxDeletions, Math.max(1, Math.floor((await store.count(tenant)) * order.maxShare)));
  const policies = await store.listPolicies(tenant);
  for await (const record of expired(vault, tenant, new Date(now - observationMs))) {
    const why = reasonToStay(vault, record, policies);
    if (why) report[why]++;
    else if (report.archiveIds.length === cap) return { ...report, capped: true };
    else if (order.dryRun || (await erase(vault, caller, record, policies))) report.archiveIds.push(record.archiveId);
  }
  return { ...report, capped: false };
}

async function clockDoubt({ store, clock, guard }: Vault, tenant: string, now: number): Promise<ClockDoubt | null> {
  const doubt = guard.check({ wall: now, monotonic: clock.monotonic() });
  const newest = (await store.auditHead(tenant))?.at.getTime() ?? now;
  return newest > now + maxDriftMs ? 'clock-jump' : (doubt ?? null);
}

async function* expired({ store }: Vault, tenant: string, expiresBefore: Date): AsyncGenerator<ArchiveRecord> {
  let after = 0;
  for (;;) {
    const { records, next } = await store.list(tenant, { expiresBefore, after, limit: pageSize });
    yield* records;
    if (next === undefined) return;
    after = next;
  }
}

function reasonToStay(
  vault: Vault,
  record: ArchiveRecord,
  all: readonly RetentionPolicy[],
): 'held' | 'locked' | 'kept' | undefined {
  const obstacle = obstacleOf(vault, record, false);
  if (obstacle) return obstacle === 'legal-hold' ? 'held' : 'locked';
  const policies = policiesOf(record, all);
  return policies.length > 0 && policies.every(({ autoDelete }) => autoDelete) ? undefined : 'kept';
}

/** Deletes the record as it was judged: one that was put on hold, locked or prolonged meanwhile stays. */
async function erase(
  { store, clock, metrics }: Vault,
  { actor }: Caller,
  record: ArchiveRecord,
  policies: readonly RetentionPolicy[],
): Promise<boolean> {
  const { archiveId, digest, size, expiresAt } = record;
  const policyId = governingPolicy(record, policies)?.policyId ?? null;
  const detail = { digest, size, policy_id: policyId, expired_at: expiresAt.toISOString() };
  const event = { actor, action: 'retention.delete', subject: archiveId, detail } as const;
  const entry = await store.erase(record, { ...event, at: new Date(clock.now()) });
  if (entry) metrics.deleted('retention', size);
  return entry !== undefined;
}
