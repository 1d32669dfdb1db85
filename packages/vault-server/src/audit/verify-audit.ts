import { type AuditEntry } from '@llm-memory-graph/contracts';

import { auditGenesis, auditHash } from './audit-entry.ts';

export type AuditVerdict =
  | { readonly ok: true; readonly sequence: number; readonly head: string }
  | { readonly ok: false; readonly sequence: number; readonly problem: string };

/**
 * Checks a run of audit entries: none changed, dropped, added or reordered. That none is missing at the end shows only
 * against a head kept elsewhere.
 *
 * @param since the entry before the first one given; without it the run must start at the beginning
 * @param each hears of every entry that is in order
 *
 * @example
 * ```ts
 * const verdict = verifyAudit('acme', entries);
 * if (!verdict.ok) throw new Error(`audit entry ${verdict.sequence}: ${verdict.problem}`);
 * ```
 */
export function verifyAudit(
  tenant: string,
  entries: Iterable<AuditEntry>,
  since?: Pick<AuditEntry, 'sequence' | 'hash'>,
  each?: (entry: AuditEntry) => void,
): AuditVerdict {
  let sequence = since?.sequence ?? 0;
  let head = since?.hash ?? auditGenesis;
  for (const entry of entries) {
    const expected = sequence + 1;
    const fail = (problem: string): AuditVerdict => ({ ok: false, sequence: expected, problem });
    if (entry.sequence !== expected) return fail(`expected here, found ${entry.sequence}`);
    if (entry.previous !== head) return fail('does not follow the entry before it');
    if (entry.hash !== auditHash(tenant, entry)) return fail('was changed');
    sequence = expected;
    head = entry.hash;
    each?.(entry);
  }
  return { ok: true, sequence, head };
}
