import { statusUpdate } from '@llm-memory-graph/contracts';
import {
  emptyAnswer,
  encodeCursor,
  jsonTextAnswer,
  pageRequest,
  pathId,
  problem,
  readJson,
  readJsonBody,
  requireScope,
  resource,
} from '@llm-memory-graph/service';
import { scopes, type RegistryContext } from '../context.ts';
import { sessionNotRegistered } from '../not-registered.ts';
import type { SessionState } from '../store/session-record.ts';
import { nextState } from './next-state.ts';
import { readRegistration } from './registration.ts';
import { sessionFilter, sessionKey } from './session-query.ts';
import { sessionText } from './session-text.ts';

/** `/api/v1/sessions` and what is below it, except usage. */
export function sessionRoutes({ app, store, clock, limits, once }: RegistryContext): void {
  resource(app, '/api/v1/sessions', {
    POST: once(async (c) => {
      requireScope(c, scopes.write);
      const registration = readRegistration(await readJsonBody(c, limits), clock);
      const { outcome, session } = await store.register(c.get('principal').tenant, registration);
      if (outcome === 'different')
        throw problem(409, 'conflict', `session "${session.sessionId}" is registered with other content`);
      return jsonTextAnswer(sessionText(session), { status: 201 });
    }),

    GET: async (c) => {
      requireScope(c, scopes.read);
      const { page, pageSize, cursor } = pageRequest(c);
      const after = cursor === undefined ? undefined : sessionKey(cursor);
      const slice = { limit: pageSize + 1, offset: after ? 0 : (page - 1) * pageSize, after };
      const { items, total } = await store.sessions(c.get('principal').tenant, sessionFilter(c), slice);
      const shown = items.slice(0, pageSize);
      const last = items.length > pageSize ? shown.at(-1) : undefined;
      const next = last ? encodeCursor([last.startedMs, last.sessionId]) : null;
      const head = JSON.stringify({ total, page, page_size: pageSize, next_cursor: next });
      return jsonTextAnswer(`${head.slice(0, -1)},"sessions":[${shown.map(sessionText).join(',')}]}`);
    },
  });

  resource(app, '/api/v1/sessions/:id', {
    GET: async (c) => {
      requireScope(c, scopes.read);
      const id = pathId(c);
      const session = await store.session(c.get('principal').tenant, id);
      if (!session) throw sessionNotRegistered(id);
      return jsonTextAnswer(sessionText(session));
    },
    DELETE: async (c) => {
      requireScope(c, scopes.write);
      const id = pathId(c);
      if (!(await store.deleteSession(c.get('principal').tenant, id))) throw sessionNotRegistered(id);
      return emptyAnswer();
    },
  });

  resource(app, '/api/v1/sessions/:id/status', {
    PUT: async (c) => {
      requireScope(c, scopes.write);
      const id = pathId(c);
      const { status } = await readJson(c, limits, statusUpdate);
      const change = (current: SessionState) => nextState(current, status, clock.now());
      const session = await store.changeState(c.get('principal').tenant, id, change);
      if (!session) throw sessionNotRegistered(id);
      return jsonTextAnswer(sessionText(session));
    },
  });
}
