import { modelMetadata, modelPage } from '@llm-memory-graph/contracts';
import {
  badParameter,
  conditional,
  decodeCursor,
  encodeCursor,
  jsonAnswer,
  pageRequest,
  problem,
  requireScope,
  resource,
  type ServiceContext,
} from '@llm-memory-graph/service';
import { scopes, type RegistryContext } from '../context.ts';
import { usageAnswer } from '../usage/usage-answer.ts';
import { modelPath } from './model-path.ts';

function modelKey(cursor: string): string {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id === 'string') return id;
  throw badParameter('cursor', 'is not a cursor of this list');
}

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
    const [model, totals] = await Promise.all([store.model(id), store.modelUsage(tenant, id)]);
    if (model || totals.reports > 0n) return usageAnswer(c, id, totals, model?.createdAt.getTime() ?? 0);
    // A model that the registry does not list, but that a session of the tenant runs on.
    const { items } = await store.sessions(tenant, { modelId: id }, { limit: 1, offset: 0 });
    const [first] = items;
    if (!first) throw problem(404, 'unknown-model', 'no model and no session has this model id');
    return usageAnswer(c, id, totals, first.startedMs);
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
