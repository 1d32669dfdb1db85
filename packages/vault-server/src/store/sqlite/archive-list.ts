import { type DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { type ArchivePage, type ArchiveQuery } from '../archive-store.ts';
import { wantedLabels } from '../labels.ts';
import { archiveColumns, recordOf, type ArchiveRow } from './archive-row.ts';
import { idCell, labelCell } from './cells.ts';

/** A piece of SQL and what stands in its place holders. */
interface Clause {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** SQLite takes at most 500 selects in one; more labels than this are looked up archive by archive. */
const mostLabelsJoined = 100;

/**
 * Reads pages of archives; statements are kept by the set of filters in use. The table to begin with and its index are
 * named, so that a page costs what is on it: left to itself, SQLite sorts all that a tenant has, or walks through it.
 */
export function archiveList(db: DatabaseSync): (tenant: string, query: ArchiveQuery) => ArchivePage {
  const statements = new Map<string, StatementSync>();
  return (tenant, query) => {
    const after = query.after ?? 0;
    const labels = wantedLabels(query).map((some) => some.map(labelCell));
    if (labels.some((some) => some.length === 0)) return { records: [], next: undefined };
    const joined = query.sessionId === undefined && query.expiresBefore === undefined ? joinable(labels) : undefined;
    const from = joined
      ? labelled(tenant, joined, after)
      : { sql: `archive INDEXED BY ${indexFor(query)}`, values: [] };
    const conditions = [
      { sql: 'tenant = ? AND position > ?', values: [tenant, after] },
      ...fieldConditions(query),
      ...labels.filter((some) => some !== joined).map((some) => hasLabel(tenant, some)),
    ];
    const where = conditions.map(({ sql }) => sql).join(' AND ');
    const sql = `SELECT ${archiveColumns} FROM ${from.sql} WHERE ${where} ORDER BY position LIMIT ?`;
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = db.prepare(sql)));
    const values = [...from.values, ...conditions.flatMap((each) => each.values), query.limit + 1];
    const rows = statement.all(...values) as unknown as ArchiveRow[];
    const page = rows.slice(0, query.limit);
    return { records: page.map(recordOf), next: rows.length > query.limit ? page.at(-1)?.position : undefined };
  };
}

/** What is due is few of many, so it is found by its date and sorted; all else is read in the order of the pages. */
function indexFor({ sessionId, expiresBefore, held }: ArchiveQuery): string {
  if (sessionId !== undefined) return 'archive_by_session';
  if (expiresBefore !== undefined) return 'archive_by_expiry';
  return held === true ? 'archive_by_hold' : 'archive_by_tenant';
}

function fieldConditions(query: ArchiveQuery): Clause[] {
  const conditions: Clause[] = [];
  const where = (sql: string, value: SQLInputValue | undefined): void => {
    if (value !== undefined) conditions.push({ sql, values: [value] });
  };
  where('session_id = ?', query.sessionId === undefined ? undefined : idCell(query.sessionId));
  where('archived_ms < ?', query.archivedBefore?.getTime());
  where('archived_ms >= ?', query.archivedAfter?.getTime());
  where('expires_ms < ?', query.expiresBefore?.getTime());
  where('sealed_by = ?', query.sealedBy);
  if (query.held !== undefined)
    conditions.push({ sql: `hold_since_ms IS ${query.held ? 'NOT ' : ''}NULL`, values: [] });
  return conditions;
}

function joinable(labels: readonly SQLInputValue[][]): SQLInputValue[] | undefined {
  return labels.find((some) => some.length <= mostLabelsJoined);
}

/**
 * The archives that have one of these labels, in order, each once: the index of each label, merged. Without the limit
 * that is none, SQLite 3.51 drops the order within, and sorts all that have a label for each page.
 */
function labelled(tenant: string, labels: readonly SQLInputValue[], after: number): Clause {
  const one = 'SELECT position FROM label WHERE tenant = ? AND label = ? AND position > ?';
  return {
    sql: `(${labels.map(() => one).join(' UNION ')} ORDER BY position LIMIT -1) CROSS JOIN archive USING (position)`,
    values: labels.flatMap((label) => [tenant, label, after]),
  };
}

function hasLabel(tenant: string, labels: readonly SQLInputValue[]): Clause {
  const marks = labels.map(() => '?').join(', ');
  return {
    sql: `EXISTS (SELECT 1 FROM label WHERE label.tenant = ? AND label IN (${marks}) AND label.position = archive.position)`,
    values: [tenant, ...labels],
  };
}
