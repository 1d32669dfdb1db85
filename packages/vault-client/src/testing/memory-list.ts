import type { ArchiveMetadata, ComplianceLevel } from '@llm-memory-graph/contracts';
import { ApiError } from '@llm-memory-graph/http';
import type { ArchiveFilter, ArchivePageRequest } from '../filters.ts';

/** Whether every condition holds. @param levels those of the policies it is under */
export function fits(
  archive: ArchiveMetadata,
  filter: ArchiveFilter,
  levels: readonly (ComplianceLevel | undefined)[],
): boolean {
  const { archivedAt, expiresAt } = archive;
  const { metadata, archivedAfter, archivedBefore, expiresBefore } = filter;
  const same = (wanted: unknown, found: unknown): boolean => wanted === undefined || wanted === found;
  const member = metadata === undefined ? undefined : archive.metadata[metadata.key];
  return (
    same(filter.sessionId, archive.sessionId) &&
    (filter.tag === undefined || archive.tags.includes(filter.tag)) &&
    (filter.policyId === undefined || archive.policyIds?.includes(filter.policyId) === true) &&
    (filter.complianceLevel === undefined || levels.includes(filter.complianceLevel)) &&
    same(filter.legalHold, archive.legalHold !== null) &&
    same(filter.sealedBy, archive.sealedBy) &&
    (metadata === undefined || (isScalar(member) && String(member) === metadata.value)) &&
    (archivedAfter === undefined || archivedAt >= archivedAfter) &&
    (archivedBefore === undefined || archivedAt < archivedBefore) &&
    (expiresBefore === undefined || expiresAt < expiresBefore)
  );
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The part of a list that is asked for; the cursor counts the items shown so far. */
export function slice<T>(
  all: readonly T[],
  { pageSize = 50, cursor = '0' }: ArchivePageRequest,
): { items: T[]; nextCursor: string | null } {
  if (!(Number.isSafeInteger(pageSize) && pageSize >= 1 && pageSize <= 1_000))
    throw new ApiError('Data-Vault answered 400: page_size must be an integer from 1 to 1000', { status: 400 });
  const start = Number(cursor);
  const end = start + pageSize;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
