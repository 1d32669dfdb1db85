import { complianceLevel, vaultOperations, type RetentionPolicy } from '@llm-memory-graph/contracts';
import { badParameter, type ServiceContext } from '@llm-memory-graph/service';

import { type ArchiveQuery } from '../store/archive-store.ts';
import { instant, oneOf, positionPage } from './query-values.ts';

const known: ReadonlySet<string> = new Set(vaultOperations.listArchives.query);

/** A misspelt filter would list everything: it is refused. @throws 400 */
export function checkKnown(c: ServiceContext): void {
  const unknown = Object.keys(c.req.query()).find((name) => !known.has(name));
  if (unknown !== undefined) throw badParameter(unknown.slice(0, 64), 'is not a parameter of this list');
}

/** The filters of `GET /api/v1/archive`. @param policies all of the tenant. @throws 400 */
export function archiveQuery(c: ServiceContext, policies: readonly RetentionPolicy[]): ArchiveQuery {
  const sessionId = c.req.query('session_id');
  const tag = c.req.query('tag');
  const metadata = metadataMember(c);
  const policyIds = wantedPolicies(c, policies);
  const held = oneOf(c, 'legal_hold', ['true', 'false']);
  const sealedBy = oneOf(c, 'sealed_by', ['client', 'server']);
  const archivedAfter = instant(c, 'archived_after');
  const archivedBefore = instant(c, 'archived_before');
  const expiresBefore = instant(c, 'expires_before');
  return {
    ...positionPage(c),
    ...(sessionId !== undefined && { sessionId }),
    ...(tag !== undefined && { tag }),
    ...(metadata && { metadata }),
    ...(policyIds && { policyIds }),
    ...(held && { held: held === 'true' }),
    ...(sealedBy && { sealedBy }),
    ...(archivedAfter && { archivedAfter }),
    ...(archivedBefore && { archivedBefore }),
    ...(expiresBefore && { expiresBefore }),
  };
}

function metadataMember(c: ServiceContext): ArchiveQuery['metadata'] {
  const key = c.req.query('metadata_key');
  const value = c.req.query('metadata_value');
  if (key !== undefined && value !== undefined) return { key, value };
  if (key === undefined && value === undefined) return undefined;
  throw badParameter(key === undefined ? 'metadata_key' : 'metadata_value', 'is missing: key and value go together');
}

/** An archive is of a compliance level when one of its policies is. */
function wantedPolicies(c: ServiceContext, policies: readonly RetentionPolicy[]): readonly string[] | undefined {
  const policyId = c.req.query('policy_id');
  const level = oneOf(c, 'compliance_level', complianceLevel.options);
  if (level === undefined) return policyId === undefined ? undefined : [policyId];
  const ofLevel = policies.filter((policy) => policy.complianceLevel === level).map((policy) => policy.policyId);
  return policyId === undefined ? ofLevel : ofLevel.filter((id) => id === policyId);
}
