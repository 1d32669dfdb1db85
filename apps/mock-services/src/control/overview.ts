import type { ArchiveRecord, ArchiveStore } from '@llm-memory-graph/vault-server';
import { verifyAudit } from '@llm-memory-graph/vault-server/audit';
import type { RegistryStore } from '@llm-memory-graph/registry-server';
import type { Controls } from './controls.ts';
import { binMs } from './usage-meter.ts';
import { faultJson } from '../fault/read-fault.ts';

const tenant = 'default';
const shown = 50;
/** Archives that are looked through for those that expire first. */
const mostArchives = 5000;
const pageSize = 500;

async function sessions(store: RegistryStore): Promise<unknown> {
  const totalOf = async (status?: 'active'): Promise<number> =>
    (await store.sessions(tenant, { status }, { limit: 1, offset: 0 })).total;
  const [total, active] = await Promise.all([totalOf(), totalOf('active')]);
  const { items } = await store.sessions(tenant, {}, { limit: shown, offset: Math.max(0, total - shown) });
  const rows = items.toReversed().map(({ sessionId, modelId, status, startedAt, reports, totalTokens }) => ({
    session_id: sessionId,
    model_id: modelId,
    status,
    started_at: startedAt,
    prompts: Number(reports),
    total_tokens: Number(totalTokens),
  }));
  return { total, active, items: rows };
}

async function usage(store: RegistryStore, { meter }: Controls): Promise<unknown> {
  const { items } = await store.usageByModel(tenant, {}, { limit: 1000, offset: 0 });
  const models = items.map(({ modelId, totals }) => ({
    model_id: modelId,
    prompt_tokens: Number(totals.promptTokens),
    completion_tokens: Number(totals.completionTokens),
    total_tokens: Number(totals.totalTokens),
  }));
  models.sort((a, b) => b.total_tokens - a.total_tokens);
  return { bin_ms: binMs, bins: meter.series(), models: models.slice(0, 8) };
}

async function archives(store: ArchiveStore): Promise<unknown> {
  const all: ArchiveRecord[] = [];
  for (let after: number | undefined = 0; after !== undefined && all.length < mostArchives;) {
    const page = await store.list(tenant, { after, limit: pageSize });
    all.push(...page.records);
    after = page.next;
  }
  all.sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
  const items = all.slice(0, shown).map((record) => ({
    archive_id: record.archiveId,
    session_id: record.sessionId,
    stored_at: record.storedAt,
    expires_at: record.expiresAt,
    policy_ids: record.policyIds,
    hold: record.hold !== null,
    lock: record.lock?.mode ?? null,
    size: record.size,
    sealed_by: record.sealedBy,
  }));
  const held = all.filter((record) => record.hold).length;
  return { total: await store.count(tenant), held, items, policies: await policies(store) };
}

async function policies(store: ArchiveStore): Promise<unknown> {
  return (await store.listPolicies(tenant)).map(({ policyId, name, retentionDays, autoDelete, complianceLevel }) => ({
    policy_id: policyId,
    name,
    retention_days: retentionDays,
    auto_delete: autoDelete,
    compliance_level: complianceLevel,
  }));
}

async function audit(store: ArchiveStore): Promise<unknown> {
  let since: { sequence: number; hash: string } | undefined;
  for (;;) {
    const entries = await store.audit(tenant, since?.sequence ?? 0, pageSize);
    const verdict = verifyAudit(tenant, entries, since);
    const last = entries.at(-1);
    if (!verdict.ok) return { ok: false, entries: verdict.sequence, problem: verdict.problem };
    if (!last) {
      const head = await store.auditHead(tenant);
      const newest = head && { at: head.at, action: head.action, subject: head.subject };
      return { ok: true, entries: verdict.sequence, head: verdict.head, newest: newest ?? null };
    }
    since = last;
  }
}

/** Everything that the console shows, at one moment. */
export async function overview(controls: Controls): Promise<unknown> {
  const { backend, clock, faults, breakers } = controls;
  return backend.look(async ({ registry, archives: vault }) => ({
    now: new Date(clock.now()),
    sessions: await sessions(registry),
    usage: await usage(registry, controls),
    archives: await archives(vault),
    audit: await audit(vault),
    breakers: breakers.list().map(({ openForMs, ...told }) => ({ ...told, open_for_ms: openForMs })),
    seed: faults.seed,
    faults: faults.list().map(faultJson),
  }));
}
