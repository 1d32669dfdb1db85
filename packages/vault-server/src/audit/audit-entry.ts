import { hash } from 'node:crypto';

import { type AuditEntry } from '@llm-memory-graph/contracts';

export type { AuditEntry };

/** Something that happened, as the server tells it to the store. */
export interface AuditEvent {
  readonly at: Date;
  /** Name of the API key, never the key. */
  readonly actor: string;
  readonly action: AuditAction;
  /** The archive or policy concerned. */
  readonly subject: string;
  /** Facts about ciphertext and rules only, so that erasing an archive leaves nothing of it here. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

export type AuditAction =
  | 'archive'
  | 'delete'
  | 'erase'
  | 'erasure'
  | 'hold.place'
  | 'hold.release'
  | 'lock.lift'
  | 'lock.set'
  | 'policy.apply'
  | 'policy.create'
  | 'retention.delete'
  | 'rewrap';

export const auditGenesis = '0'.repeat(64);

/** What the next entry is linked to. */
export type AuditHead = Pick<AuditEntry, 'sequence' | 'hash'>;

/** The entry that follows `head`. */
export function nextAuditEntry(tenant: string, head: AuditHead | undefined, event: AuditEvent): AuditEntry {
  const link = { ...event, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? auditGenesis };
  return { ...link, hash: auditHash(tenant, link) };
}

/** The hash an entry must have: SHA-256 over a JSON array, so that no two field sequences look alike. */
export function auditHash(tenant: string, entry: Omit<AuditEntry, 'hash'>): string {
  const { sequence, at, actor, action, subject, detail, previous } = entry;
  const fields = Object.entries(detail).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([
    'llm-memory-graph/vault-audit/v1',
    tenant,
    sequence,
    at.toISOString(),
    actor,
    action,
    subject,
    fields,
    previous,
  ]);
  return hash('sha256', text, 'hex');
}
