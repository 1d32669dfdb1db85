import type { RegistryStore, UsageRecord } from '@llm-memory-graph/registry-server';
import { currentScope } from './write-scope.ts';
import { delegate } from './delegate.ts';

/** Another model that looks like it: a corruption that no validation can notice. */
const corruptId = (id: string): string => `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;

const corruptReport = (report: UsageRecord): UsageRecord => ({ ...report, promptTokens: report.promptTokens ^ 1n });

/**
 * Notes which requests change something, and drops or corrupts writes when a fault says so.
 *
 * @param counted told of every report that was counted
 */
export function watchedRegistryStore(store: RegistryStore, counted: (report: UsageRecord) => void): RegistryStore {
  return delegate(store, {
    async register(tenant, session) {
      const scope = currentScope();
      const kind = scope.hit?.effect.kind;
      if (kind === 'dropped-write') {
        const fresh = { status: 'active', endedMs: null, reports: 0n, totalTokens: 0n } as const;
        const known = await store.session(tenant, session.sessionId);
        if (!known) return { outcome: 'created', session: { ...session, ...fresh } };
      }
      const stored = kind === 'corrupted-write' ? { ...session, modelId: corruptId(session.modelId) } : session;
      const result = await store.register(tenant, stored);
      if (result.outcome !== 'created') return result;
      scope.committed = true;
      return { outcome: 'created', session: { ...result.session, modelId: session.modelId } };
    },

    async changeState(tenant, id, change) {
      const scope = currentScope();
      const kind = scope.hit?.effect.kind;
      if (kind === 'dropped-write') {
        const held = await store.session(tenant, id);
        return held && { ...held, ...change({ status: held.status, endedMs: held.endedMs }) };
      }
      let asked: ReturnType<typeof change> | undefined;
      let differs = false;
      const changed = await store.changeState(tenant, id, (current) => {
        asked = change(current);
        differs = asked.status !== current.status || asked.endedMs !== current.endedMs;
        if (kind !== 'corrupted-write') return asked;
        return { ...asked, status: asked.status === 'failed' ? 'completed' : 'failed' };
      });
      scope.committed ||= differs;
      return changed && { ...changed, ...asked };
    },

    async deleteSession(tenant, id) {
      const scope = currentScope();
      if (scope.hit?.effect.kind === 'dropped-write') return (await store.session(tenant, id)) !== undefined;
      const deleted = await store.deleteSession(tenant, id);
      scope.committed ||= deleted;
      return deleted;
    },

    async recordUsage(tenant, reports) {
      const scope = currentScope();
      const kind = scope.hit?.effect.kind;
      if (kind === 'dropped-write') {
        const sessions = await Promise.all(reports.map(({ sessionId }) => store.session(tenant, sessionId)));
        return sessions.map((session) => (session ? 'counted' : 'unknown-session'));
      }
      const outcomes = await store.recordUsage(
        tenant,
        kind === 'corrupted-write' ? reports.map(corruptReport) : reports,
      );
      reports.forEach((report, i) => {
        if (outcomes[i] !== 'counted') return;
        scope.committed = true;
        counted(report);
      });
      return outcomes;
    },
  });
}
