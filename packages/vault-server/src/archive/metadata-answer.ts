import { withRawMembers, type RetentionPolicy } from '@llm-memory-graph/contracts';
import { jsonTextAnswer } from '@llm-memory-graph/service';

import { exceededMaximums, governingPolicy } from '../retention/governing-policy.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';

/** JSON text of an archive's metadata. @param policies all of the tenant */
export function metadataText(record: ArchiveRecord, policies: readonly RetentionPolicy[]): string {
  return withRawMembers(
    {
      archive_id: record.archiveId,
      session_id: record.sessionId,
      archived_at: record.archivedAt,
      stored_at: record.storedAt,
      retention_days: record.retentionDays,
      expires_at: record.expiresAt,
      policy_id: governingPolicy(record, policies)?.policyId ?? null,
      policy_ids: record.policyIds,
      exceeded_maximums: exceededMaximums(record, policies),
      legal_hold: record.hold,
      lock: record.lock,
      tags: record.tags,
      digest: record.digest,
      size: record.size,
      sealed_by: record.sealedBy,
      encrypted: record.encrypted,
      compressed: record.compressed,
      audit_sequence: record.auditSequence,
    },
    { metadata: record.metadata },
  );
}

/** Answers with an archive's metadata. */
export async function metadataAnswer({ store }: Vault, record: ArchiveRecord): Promise<Response> {
  const policies = record.policyIds.length === 0 ? [] : await store.listPolicies(record.tenant);
  return jsonTextAnswer(metadataText(record, policies));
}
