import { rawElements, rawMembers, usageBatch, usageBatchResult, usageReport } from '@llm-memory-graph/contracts';
import { emptyAnswer, jsonAnswer, pathId, readJsonBody, requireScope, resource } from '@llm-memory-graph/service';
import { scopes, type RegistryContext } from '../context.ts';
import { sessionNotRegistered } from '../not-registered.ts';
import { usageRecord } from './report.ts';
import { usageAnswer } from './usage-answer.ts';

/** `/api/v1/usage`, `/api/v1/usage/batch` and the usage of a session. */
export function usageRoutes({ app, store, limits, once }: RegistryContext): void {
  resource(app, '/api/v1/usage', {
    POST: once(async (c) => {
      requireScope(c, scopes.write);
      const { text, value } = await readJsonBody(c, limits);
      const report = usageRecord(usageReport.decode(value), text);
      const [outcome] = await store.recordUsage(c.get('principal').tenant, [report]);
      if (outcome === 'unknown-session') throw sessionNotRegistered(report.sessionId);
      return emptyAnswer();
    }),
  });

  resource(app, '/api/v1/usage/batch', {
    POST: once(async (c) => {
      requireScope(c, scopes.write);
      const { text, value } = await readJsonBody(c, limits);
      const { reports } = usageBatch.decode(value);
      const texts = rawElements(rawMembers(text).get('reports') ?? '[]');
      const records = reports.map((report, i) => usageRecord(report, texts[i] ?? '{}', `/reports/${String(i)}`));
      const outcomes = await store.recordUsage(c.get('principal').tenant, records);
      return jsonAnswer(usageBatchResult, {
        accepted: outcomes.filter((outcome) => outcome === 'counted').length,
        duplicates: outcomes.filter((outcome) => outcome === 'duplicate').length,
        rejected: outcomes.flatMap((outcome, index) =>
          outcome === 'unknown-session'
            ? [{ index, error: sessionNotRegistered(records[index]?.sessionId ?? '').message }]
            : [],
        ),
      });
    }),
  });

  resource(app, '/api/v1/sessions/:id/usage', {
    GET: async (c) => {
      requireScope(c, scopes.read);
      const id = pathId(c);
      const { tenant } = c.get('principal');
      const [session, totals] = await Promise.all([store.session(tenant, id), store.sessionUsage(tenant, id)]);
      if (!session || !totals) throw sessionNotRegistered(id);
      return usageAnswer(c, id, totals, session.startedMs);
    },
  });
}
