import { type RetentionPolicy } from '@llm-memory-graph/contracts';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { maxDriftMs, observationMs, type ClockDoubt, type ClockGuard } from './clock-guard.ts';

/** What a sweep may do. */
export interface SweepOrder {
  readonly dryRun: boolean;
  /** Most archives deleted in one run. */
  readonly maxDeletions: number;
  /** Most archives deleted in one run as a share of all the tenant has, 0 to 1; one is always allowed. */
  readonly maxShare: number;
}

export interface SweepReport {
  readonly dryRun: boolean;
  /** Why nothing was deleted, `null` when the clock was trusted. */
  readonly skipped: ClockDoubt | null;
  /** What was deleted, or would be. */
  readonly archiveIds: readonly string[];
  /** Expired archives that stay: under a legal hold. */
  readonly held: number;
  /** Expired archives that stay: no policy with `auto_delete`. */
  readonly kept: number;
  /** True when a cap ended the run before all was seen. */
  readonly capped: boolean;
}

const pageSize = 500;

/** Deletes what expired and whose policy says so; the README has the rules. */
export async function sweep(vault: Vault, guard: ClockGuard, caller: Caller, order: SweepOrder): Promise<SweepReport> {
  const { store, clock } = vault;
  const { tenant } = caller;
  const now = clock.now();
  const doubt = await clockDoubt(vault, guard, tenant, now);
  if (doubt && !order.dryRun) {
    vault.logger.warn({ tenant, reason: doubt }, 'retention sweep skipped');
    return { dryRun: false, skipped: doubt, archiveIds: [], held: 0, kept: 0, capped: false };
  }
  const cap = Math.min(order.maxDeletions, Math.max(1, Math.floor((await store.count(tenant)) * order.maxShare)));
  const policies = new Map((await store.listPolicies(tenant)).map((policy) => [policy.policyId, policy]));
  const archiveIds: string[] = [];
  const stay = { held: 0, kept: 0 };
  for await (const record of expired(vault, tenant, new Date(now - observationMs))) {
    const why = reasonToStay(record, policies);
    if (why) stay[why]++;
    else if (archiveIds.length === cap)
      return { dryRun: order.dryRun, skipped: doubt, archiveIds, ...stay, capped: true };
    else if (order.dryRun || (await erase(vault, caller, record))) archiveIds.push(record.archiveId);
  }
  return { dryRun: order.dryRun, skipped: doubt, archiveIds, ...stay, capped: false };
}

async function clockDoubt(
  { store, clock }: Vault,
  guard: ClockGuard,
  tenant: string,
  now: number,
): Promise<ClockDoubt | null> {
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
  record: ArchiveRecord,
  policies: ReadonlyMap<string, RetentionPolicy>,
): 'held' | 'kept' | undefined {
  if (record.hold) return 'held';
  return policies.get(record.policyId ?? '')?.autoDelete ? undefined : 'kept';
}

/** Deletes the record as it was judged: one that was put on hold or prolonged meanwhile stays. */
function erase({ store, clock }: Vault, { tenant: _, actor }: Caller, record: ArchiveRecord): Promise<boolean> {
  const { archiveId, digest, size, expiresAt, policyId } = record;
  const detail = { digest, size, policy_id: policyId, expired_at: expiresAt.toISOString() };
  return store.erase(record, {
    at: new Date(clock.now()),
    actor,
    action: 'retention.delete',
    subject: archiveId,
    detail,
  });
}
