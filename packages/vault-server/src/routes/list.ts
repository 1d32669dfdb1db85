import { archiveFilters, archiveHistory } from '@llm-memory-graph/contracts';
import {
  badParameter,
  encodeCursor,
  jsonAnswer,
  jsonTextAnswer,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { metadataText } from '../archive/metadata-answer.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { archiveQuery, checkKnown } from './list-query.ts';
import { instant, positionPage } from './query-values.ts';

/** `GET /api/v1/archive`: metadata of archives in the order in which they were stored, or what was held `as_of`. */
export function listArchives(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    checkKnown(c);
    const at = instant(c, 'as_of');
    return at ? historyAnswer(vault, c, at) : listAnswer(vault, c);
  };
}

async function listAnswer({ store }: Vault, c: ServiceContext): Promise<Response> {
  const { tenant } = callerOf(c);
  const policies = await store.listPolicies(tenant);
  const { records, next } = await store.list(tenant, archiveQuery(c, policies));
  const archives = records.map((record) => metadataText(record, policies));
  return jsonTextAnswer(`{"archives":[${archives.join(',')}],"next_cursor":${JSON.stringify(cursorOf(next))}}`);
}

async function historyAnswer({ store }: Vault, c: ServiceContext, asOf: Date): Promise<Response> {
  // Of a deleted archive nothing is left that the other filters could look at.
  const other = archiveFilters.find((name) => name !== 'session_id' && c.req.query(name) !== undefined);
  if (other) throw badParameter(other, 'cannot be combined with as_of');
  const sessionId = c.req.query('session_id');
  const query = { at: asOf, ...positionPage(c), ...(sessionId !== undefined && { sessionId }) };
  const { archives, next } = await store.history(callerOf(c).tenant, query);
  return jsonAnswer(archiveHistory, {
    asOf,
    archives: archives.map((archive) => ({ ...archive, sessionId: archive.sessionId ?? sessionId ?? null })),
    nextCursor: cursorOf(next),
  });
}

function cursorOf(next: number | undefined): string | null {
  return next === undefined ? null : encodeCursor([next]);
}
