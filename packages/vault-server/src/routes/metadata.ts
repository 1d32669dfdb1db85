import {
  badParameter,
  conditional,
  decodeCursor,
  encodeCursor,
  jsonTextAnswer,
  pageRequest,
  pathId,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { metadataText } from '../archive/answers.ts';
import { heldArchive } from '../archive/held-archive.ts';
import { callerOf } from '../caller.ts';
import { type ArchiveQuery } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';

/** `GET /api/v1/archive/{id}/metadata`. */
export function archiveMetadata(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const record = await heldArchive(vault, callerOf(c).tenant, pathId(c));
    return conditional(c, jsonTextAnswer(metadataText(record)));
  };
}

/** Query parameters of {@link listArchives}. */
export const listQuery = [
  'session_id',
  'tag',
  'policy_id',
  'archived_before',
  'archived_after',
  'page_size',
  'cursor',
] as const;

/** `GET /api/v1/archive`: metadata of archives in the order in which they were stored. */
export function listArchives(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const { records, next } = await vault.store.list(callerOf(c).tenant, archiveQuery(c));
    const cursor = next === undefined ? null : encodeCursor([next]);
    return jsonTextAnswer(
      `{"archives":[${records.map(metadataText).join(',')}],"next_cursor":${JSON.stringify(cursor)}}`,
    );
  };
}

function archiveQuery(c: ServiceContext): ArchiveQuery {
  const { pageSize, cursor } = pageRequest(c);
  const sessionId = c.req.query('session_id');
  const tag = c.req.query('tag');
  const policyId = c.req.query('policy_id');
  const archivedBefore = instant(c, 'archived_before');
  const archivedAfter = instant(c, 'archived_after');
  return {
    limit: pageSize,
    ...(sessionId !== undefined && { sessionId }),
    ...(tag !== undefined && { tag }),
    ...(policyId !== undefined && { policyId }),
    ...(archivedBefore && { archivedBefore }),
    ...(archivedAfter && { archivedAfter }),
    ...(cursor !== undefined && { after: Number(decodeCursor(cursor, 1)[0]) }),
  };
}

function instant(c: ServiceContext, name: string): Date | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (at && !Number.isNaN(at.getTime())) return at;
  throw badParameter(name, 'must be an RFC 3339 instant with a zone');
}
