import { sessionStatus, type SessionStatus } from '@llm-memory-graph/contracts';
import { badParameter, decodeCursor, type ServiceContext } from '@llm-memory-graph/service';
import { queryInstant } from '../query-instant.ts';
import type { SessionKey } from '../store/registry-store.ts';
import type { SessionFilter } from '../store/session-record.ts';

function status(c: ServiceContext): SessionStatus | undefined {
  const text = c.req.query('status');
  if (text === undefined) return undefined;
  const parsed = sessionStatus.safeParse(text);
  if (parsed.success) return parsed.data;
  throw badParameter('status', `must be one of ${sessionStatus.options.join(', ')}`);
}

/** The filters of the query. @throws 400 */
export function sessionFilter(c: ServiceContext): SessionFilter {
  return {
    status: status(c),
    modelId: c.req.query('model_id'),
    tag: c.req.query('tag'),
    startedBefore: queryInstant(c, 'started_before'),
    startedAfter: queryInstant(c, 'started_after'),
  };
}

/** The sort key in a cursor of this list. @throws 400 */
export function sessionKey(cursor: string): SessionKey {
  const [startedMs, sessionId] = decodeCursor(cursor, 2);
  if (typeof startedMs === 'number' && typeof sessionId === 'string') return [startedMs, sessionId];
  throw badParameter('cursor', 'is not a cursor of this list');
}
