import { type RetentionPolicy } from '@llm-memory-graph/contracts';

import { type ArchiveRecord } from '../store/archive-store.ts';

type UnderPolicies = Pick<ArchiveRecord, 'policyIds' | 'retentionDays'>;

/** The policies of an archive. @param all of the tenant */
export function policiesOf({ policyIds }: UnderPolicies, all: readonly RetentionPolicy[]): RetentionPolicy[] {
  return all.filter(({ policyId }) => policyIds.includes(policyId));
}

/** The policy that decides: the longest retention wins, among equals the one that came first. */
export function governingPolicy(record: UnderPolicies, all: readonly RetentionPolicy[]): RetentionPolicy | undefined {
  const { policyIds } = record;
  return policiesOf(record, all)
    .sort((a, b) => policyIds.indexOf(a.policyId) - policyIds.indexOf(b.policyId))
    .reduce<RetentionPolicy | undefined>(
      (best, one) => (best && best.retentionDays >= one.retentionDays ? best : one),
      undefined,
    );
}

/** Whether a `gdpr` policy promises that the archive can be erased at any time. */
export function isErasable(record: UnderPolicies, all: readonly RetentionPolicy[]): boolean {
  return policiesOf(record, all).some(({ complianceLevel }) => complianceLevel === 'gdpr');
}

/** Policies whose maximum the archive's retention exceeds: something else keeps it longer. */
export function exceededMaximums(record: UnderPolicies, all: readonly RetentionPolicy[]): string[] {
  return policiesOf(record, all)
    .filter(({ maxRetentionDays = Infinity }) => record.retentionDays > maxRetentionDays)
    .map(({ policyId }) => policyId);
}
