import { type DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

import {
  auditGenesis,
  nextAuditEntry,
  type AuditAction,
  type AuditEntry,
  type AuditEvent,
  type AuditHead,
} from '../../audit/audit-entry.ts';
import { digestCell, digestOf, hexOf, idCell, idOf } from './cells.ts';

interface AuditRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: SQLOutputValue;
  readonly digest: SQLOutputValue;
  readonly detail: string;
  readonly hash: SQLOutputValue;
}

export interface AuditTable {
  /** Appends to the chain; the caller has a transaction open. */
  append(tenant: string, events: readonly AuditEvent[]): void;
  /** Appends one, and gives it. */
  add(tenant: string, event: AuditEvent): AuditEntry;
  read(tenant: string, after: number, limit: number): AuditEntry[];
  hashes(tenant: string, after: number, limit: number): string[];
  head(tenant: string): AuditEntry | undefined;
  /** The sequence of the newest entry, 0 for none. */
  length(tenant: string): number;
}

export function auditTable(db: DatabaseSync): AuditTable {
  const insert = db.prepare(
    `INSERT INTO audit (tenant, sequence, at_ms, actor, action, subject, digest, detail, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare('SELECT * FROM audit WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?');
  const selectHash = db.prepare('SELECT hash FROM audit WHERE tenant = ? AND sequence = ?');
  const selectHashes = db.prepare('SELECT hash FROM audit WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?');
  const last = db.prepare('SELECT sequence, hash FROM audit WHERE tenant = ? ORDER BY sequence DESC LIMIT 1');
  const headOf = (tenant: string): AuditHead | undefined => {
    const row = last.get(tenant);
    return row && { sequence: row['sequence'] as number, hash: hexOf(row['hash'] as SQLOutputValue) };
  };
  const read = (tenant: string, after: number, limit: number): AuditEntry[] => {
    const rows = select.all(tenant, after, limit) as unknown as AuditRow[];
    const before = rows[0] && selectHash.get(tenant, rows[0].sequence - 1)?.['hash'];
    let previous = before === undefined ? auditGenesis : hexOf(before);
    return rows.map((row) => {
      const entry = entryOf(row, previous);
      previous = entry.hash;
      return entry;
    });
  };
  const write = (tenant: string, { sequence, at, actor, action, subject, detail, hash }: AuditEntry): void => {
    const { digest, rest } = detailCells(detail);
    insert.run(
      ...[tenant, sequence, at.getTime(), actor, action],
      ...[idCell(subject), digest, rest, Buffer.from(hash, 'hex')],
    );
  };
  return {
    append: (tenant, events) => {
      // Read in the same transaction: another process may have written to the file since.
      let head = headOf(tenant);
      for (const event of events) {
        const entry = nextAuditEntry(tenant, head, event);
        write(tenant, entry);
        head = entry;
      }
    },
    add: (tenant, event) => {
      const entry = nextAuditEntry(tenant, headOf(tenant), event);
      write(tenant, entry);
      return entry;
    },
    read,
    hashes: (tenant, after, limit) =>
      selectHashes.all(tenant, after, limit).map((row) => hexOf(row['hash'] as SQLOutputValue)),
    length: (tenant) => headOf(tenant)?.sequence ?? 0,
    head: (tenant) => {
      const head = headOf(tenant);
      return head && read(tenant, head.sequence - 1, 1)[0];
    },
  };
}

/** Nearly every event tells of one digest: it is kept in its 32 bytes, outside of the JSON. */
function detailCells(detail: AuditEvent['detail']): { digest: SQLInputValue; rest: string } {
  const { digest, ...rest } = detail;
  const cell = typeof digest === 'string' ? digestCell(digest) : null;
  return cell instanceof Uint8Array
    ? { digest: cell, rest: JSON.stringify(rest) }
    : { digest: null, rest: JSON.stringify(detail) };
}

function entryOf(row: AuditRow, previous: string): AuditEntry {
  const { sequence, at_ms, actor, action, subject, digest, hash } = row;
  const rest = JSON.parse(row.detail) as AuditEvent['detail'];
  const detail = digest === null ? rest : { digest: digestOf(digest), ...rest };
  return { sequence, at: new Date(at_ms), actor, action, subject: idOf(subject), detail, previous, hash: hexOf(hash) };
}
