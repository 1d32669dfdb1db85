import { type DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { type ArchivePage, type ArchiveQuery } from '../archive-store.ts';
import { wantedLabels } from '../labels.ts';
import { archiveColumns, recordOf, type ArchiveRow } from './archive-row.ts';
import { idCell, labelCell } from './cells.ts';

/** Reads pages of archives; statements are kept by the set of filters in use. */
export function archiveList(db: DatabaseSync): (tenant: string, query: ArchiveQuery) => ArchivePage {
  const statements = new Map<string, StatementSync>();
  return (tenant, query) => {
    const conditions = ['tenant = ?', 'position > ?'];
    const values: SQLInputValue[] = [tenant, query.after ?? 0];
    const where = (condition: string, value: SQLInputValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    where('session_id = ?', query.sessionId === undefined ? undefined : idCell(query.sessionId));
    where('archived_ms < ?', query.archivedBefore?.getTime());
    where('archived_ms >= ?', query.archivedAfter?.getTime());
    where('expires_ms < ?', query.expiresBefore?.getTime());
    where('sealed_by = ?', query.sealedBy);
    if (query.held !== undefined) conditions.push(`hold_since_ms IS ${query.held ? 'NOT ' : ''}NULL`);
    for (const some of wantedLabels(query)) {
      const marks = some.map(() => '?').join(', ');
      conditions.push(`position IN (SELECT position FROM label WHERE label.tenant = ? AND label IN (${marks}))`);
      values.push(tenant, ...some.map(labelCell));
    }
    const sql = `SELECT ${archiveColumns} FROM archive WHERE ${conditions.join(' AND ')} ORDER BY position LIMIT ?`;
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = db.prepare(sql)));
    const rows = statement.all(...values, query.limit + 1) as unknown as ArchiveRow[];
    const page = rows.slice(0, query.limit);
    return { records: page.map(recordOf), next: rows.length > query.limit ? page.at(-1)?.position : undefined };
  };
}
