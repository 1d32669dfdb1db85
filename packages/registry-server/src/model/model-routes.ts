import { modelMetadata, modelPage, usageStats } from '@llm-memory-graph/contracts';
import {
  conditional,
  encodeCursor,
  jsonAnswer,
  pageRequest,
  problem,
  requireScope,
  resource,
  type ServiceContext,
} from '@llm-memory-graph/service';
import { scopes, type RegistryContext } from '../context.ts';
import { modelUsageOf } from '../usage/usage-answer.ts';
import { usagePeriod } from '../usage/usage-period.ts';
import { modelKey } from './model-key.ts';
import { modelPath } from './model-path.ts';

/** `/api/v1/models` and what is below it. */
export function modelRoutes({ app, store }: RegistryContext): void {
  resource(app, '/api/v1/models', {
    GET: async (c) => {
      requireScope(c, scopes.read);
      const { page, pageSize, cursor } = pageRequest(c);
      const after = cursor === undefined ? undefined : modelKey(cursor);
      const offset = after === undefined ? (page - 1) * pageSize : 0;
      const { items, total } = await store.models({ limit: pageSize + 1, offset, after });
      const models = items.slice(0, pageSize);
      const last = items.length > pageSize ? models.at(-1) : undefined;
      const nextCursor = last ? encodeCursor([last.modelId]) : null;
      return conditional(c, jsonAnswer(modelPage, { models, total, page, pageSize, nextCursor }));
    },
  });

  const usageOf = async (c: ServiceContext, id: string): Promise<Response> => {
    const { tenant } = c.get('principal');
    const period = usagePeriod(c);
    const [model, totals] = await Promise.all([store.model(id), store.modelUsage(tenant, id, period)]);
    const answer = (since: number): Promise<Response> =>
      conditional(c, jsonAnswer(usageStats, modelUsageOf(id, model, totals, period ?? {}, since)));
    if (model || totals.reports > 0n) return answer(model?.createdAt.getTime() ?? 0);
    // A model that the registry does not list, but that a session or a report of the tenant names.
    const { items } = await store.sessions(tenant, { modelId: id }, { limit: 1, offset: 0 });
    const ever = period && items.length === 0 ? await store.modelUsage(tenant, id) : totals;
    const since = items[0]?.startedMs ?? ever.firstMs;
    if (since === null) throw problem(404, 'unknown-model', 'no model and no session has this model id');
    return answer(since);
  };

  resource(app, '/api/v1/models/:rest{.+}', {
    GET: async (c) => {
      requireScope(c, scopes.read);
      const { id, usage } = modelPath(c);
      if (usage) {
        c.set('route', '/api/v1/models/:id/usage');
        return usageOf(c, id);
      }
      c.set('route', '/api/v1/models/:id');
      const model = await store.model(id);
      if (!model) throw problem(404, 'unknown-model', 'no model has this id');
      return conditional(c, jsonAnswer(modelMetadata, model));
    },
  });
}
