import {
  rawElements,
  rawMembers,
  usageBatch,
  usageBatchResult,
  usagePage,
  usageReport,
  usageStats,
} from '@llm-memory-graph/contracts';
import {
  conditional,
  emptyAnswer,
  encodeCursor,
  jsonAnswer,
  pageRequest,
  pathId,
  readJsonBody,
  requireScope,
  resource,
  withInstant,
  type Clock,
} from '@llm-memory-graph/service';
import { scopes, type RegistryContext } from '../context.ts';
import { modelKey } from '../model/model-key.ts';
import { sessionNotRegistered } from '../not-registered.ts';
import { usageRecord } from './report.ts';
import { modelUsageOf, usageOf } from './usage-answer.ts';
import { usagePeriod } from './usage-period.ts';

/** `/api/v1/usage`, `/api/v1/usage/batch` and the usage of a session. */
export function usageRoutes({ app, store, clock, limits, once }: RegistryContext): void {
  resource(app, '/api/v1/usage', {
    GET: async (c) => {
      requireScope(c, scopes.read);
      const { page, pageSize, cursor } = pageRequest(c);
      const after = cursor === undefined ? undefined : modelKey(cursor);
      const slice = { limit: pageSize + 1, offset: after === undefined ? (page - 1) * pageSize : 0, after };
      const period = usagePeriod(c) ?? {};
      const filter = { ...period, sessionId: c.req.query('session_id') };
      const { items, total } = await store.usageByModel(c.get('principal').tenant, filter, slice);
      const shown = items.slice(0, pageSize);
      const last = items.length > pageSize ? shown.at(-1) : undefined;
      const nextCursor = last ? encodeCursor([last.modelId]) : null;
      const usage = await Promise.all(
        shown.map(async ({ modelId, totals }) =>
          modelUsageOf(modelId, await store.model(modelId), totals, period, totals.firstMs ?? 0),
        ),
      );
      return conditional(c, jsonAnswer(usagePage, { usage, total, page, pageSize, nextCursor }));
    },

    POST: once(async (c) => {
      requireScope(c, scopes.write);
      const { text, value } = await readJsonBody(c, limits);
      const report = usageRecord(usageReport.decode(withInstant(value, 'timestamp', clock)), text);
      const [outcome] = await store.recordUsage(c.get('principal').tenant, [report]);
      if (outcome === 'unknown-session') throw sessionNotRegistered(report.sessionId);
      return emptyAnswer();
    }),
  });

  resource(app, '/api/v1/usage/batch', {
    POST: once(async (c) => {
      requireScope(c, scopes.write);
      const { text, value } = await readJsonBody(c, limits);
      const { reports } = usageBatch.decode(timedReports(value, clock));
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
      const period = usagePeriod(c);
      const [session, totals] = await Promise.all([store.session(tenant, id), store.sessionUsage(tenant, id, period)]);
      if (!session || !totals) throw sessionNotRegistered(id);
      return conditional(c, jsonAnswer(usageStats, usageOf(id, totals, period ?? {}, session.startedMs)));
    },
  });
}

function timedReports(value: unknown, clock: Clock): unknown {
  const { reports } = (value ?? {}) as { reports?: unknown };
  if (!Array.isArray(reports)) return value;
  return { ...(value as object), reports: reports.map((report) => withInstant(report, 'timestamp', clock)) };
}
