import type { ComplianceLevel } from '@llm-memory-graph/contracts';

/** Which page of a list. */
export interface ArchivePageRequest {
  /** 1 to 1,000. @default the service's, 50 */
  readonly pageSize?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Narrows a list of archives; all conditions must hold. */
export interface ArchiveFilter {
  readonly sessionId?: string | undefined;
  /** One of its tags. */
  readonly tag?: string | undefined;
  /** Under this policy, besides others perhaps. */
  readonly policyId?: string | undefined;
  /** Under a policy of this level. */
  readonly complianceLevel?: ComplianceLevel | undefined;
  /** A member of the metadata and its value: a string, or a number or boolean as written. */
  readonly metadata?: { readonly key: string; readonly value: string } | undefined;
  /** Whether a legal hold stands. */
  readonly legalHold?: boolean | undefined;
  /** Whether its client sealed it, or the vault did. */
  readonly sealedBy?: 'client' | 'server' | undefined;
  /** Inclusive. */
  readonly archivedAfter?: Date | undefined;
  /** Exclusive. */
  readonly archivedBefore?: Date | undefined;
  /** Exclusive. */
  readonly expiresBefore?: Date | undefined;
}

type Query = Record<string, string | number | undefined>;

export function pageQuery({ pageSize, cursor }: ArchivePageRequest): Query {
  return { page_size: pageSize, cursor };
}

export function archiveQuery(filter: ArchiveFilter): Query {
  return {
    session_id: filter.sessionId,
    tag: filter.tag,
    policy_id: filter.policyId,
    compliance_level: filter.complianceLevel,
    metadata_key: filter.metadata?.key,
    metadata_value: filter.metadata?.value,
    legal_hold: filter.legalHold === undefined ? undefined : String(filter.legalHold),
    sealed_by: filter.sealedBy,
    archived_after: filter.archivedAfter?.toISOString(),
    archived_before: filter.archivedBefore?.toISOString(),
    expires_before: filter.expiresBefore?.toISOString(),
  };
}
