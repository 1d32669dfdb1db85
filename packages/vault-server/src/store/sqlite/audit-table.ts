import { type DatabaseSync } from 'node:sqlite';

import { nextAuditEntry, type AuditAction, type AuditEntry, type AuditEvent } from '../../audit/audit-entry.ts';

interface AuditRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: string;
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditTable {
  /** Appends to the chain; the caller has a transaction open. */
  append(tenant: string, event: AuditEvent): void;
  read(tenant: string, after: number, limit: number): AuditEntry[];
  head(tenant: string): AuditEntry | undefined;
}

export function auditTable(db: DatabaseSync): AuditTable {
  const insert = db.prepare(
    `INSERT INTO audit (tenant, sequence, at_ms, actor, action, subject, detail, previous, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare('SELECT * FROM audit WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?');
  const last = db.prepare('SELECT * FROM audit WHERE tenant = ? ORDER BY sequence DESC LIMIT 1');
  const head = (tenant: string): AuditEntry | undefined => {
    const row = last.get(tenant);
    return row && entryOf(row as unknown as AuditRow);
  };
  return {
    append: (tenant, event) => {
      // The head is read in the same transaction: another process may have written to the file since.
      const entry = nextAuditEntry(tenant, head(tenant), event);
      const { sequence, at, actor, action, subject, detail, previous, hash } = entry;
      insert.run(tenant, sequence, at.getTime(), actor, action, subject, JSON.stringify(detail), previous, hash);
    },
    read: (tenant, after, limit) => (select.all(tenant, after, limit) as unknown as AuditRow[]).map(entryOf),
    head,
  };
}

function entryOf(row: AuditRow): AuditEntry {
  const { sequence, at_ms, actor, action, subject, detail, previous, hash } = row;
  const facts = JSON.parse(detail) as AuditEvent['detail'];
  return { sequence, at: new Date(at_ms), actor, action, subject, detail: facts, previous, hash };
}
