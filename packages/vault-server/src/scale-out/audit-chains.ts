import { type PostgresDatabase, type PostgresQuery } from '@llm-memory-graph/service/postgres';

import {
  nextAuditEntry,
  type AuditAction,
  type AuditEntry,
  type AuditEvent,
  type AuditHead,
} from '../audit/audit-entry.ts';

/** A transaction that may append to the audit chains of its tenants; nobody else does until it ends. */
export interface ChainedTransaction {
  readonly query: PostgresQuery;
  append(tenant: string, event: AuditEvent): AuditEntry;
}

/** The audit chain of each tenant. */
export interface AuditChains {
  /**
   * Runs `work` in a transaction in which it is alone with the archives of the given tenants. It may run again, see
   * {@link PostgresDatabase.transaction}.
   */
  transaction<T>(tenants: Iterable<string>, work: (transaction: ChainedTransaction) => Promise<T>): Promise<T>;
  readonly read: (tenant: string, after: number, limit: number) => Promise<AuditEntry[]>;
  readonly hashes: (tenant: string, after: number, limit: number) => Promise<string[]>;
  readonly head: (tenant: string) => Promise<AuditEntry | undefined>;
}

interface Row {
  readonly sequence: string;
  readonly at_ms: string;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: string;
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

export function auditChains(database: PostgresDatabase, schema: string): AuditChains {
  const { query } = database;

  const lockHeads = async (tx: PostgresQuery, tenants: readonly string[]): Promise<Map<string, AuditHead>> => {
    await tx(
      `INSERT INTO ${schema}.audit_head SELECT t.tenant, 0, '' FROM unnest($1::text[]) AS t(tenant)
       ORDER BY t.tenant COLLATE "C" ON CONFLICT DO NOTHING`,
      [tenants],
    );
    const rows = await tx<{ tenant: string; sequence: string; hash: string }>(
      `SELECT tenant, sequence, hash FROM ${schema}.audit_head WHERE tenant = ANY ($1) ORDER BY tenant FOR UPDATE`,
      [tenants],
    );
    return new Map(rows.map(({ tenant, sequence, hash }) => [tenant, { sequence: Number(sequence), hash }]));
  };

  const save = async (tx: PostgresQuery, entries: readonly (AuditEntry & { tenant: string })[]): Promise<void> => {
    if (entries.length === 0) return;
    const rows = entries.map(({ at, detail, ...rest }) => ({
      ...rest,
      at_ms: at.getTime(),
      detail: JSON.stringify(detail),
    }));
    await tx(
      `INSERT INTO ${schema}.audit SELECT r.* FROM json_to_recordset($1) AS r(tenant text, sequence bigint,
         at_ms bigint, actor text, action text, subject text, detail text, previous text, hash text)`,
      [JSON.stringify(rows)],
    );
    await tx(
      `UPDATE ${schema}.audit_head h SET sequence = r.sequence, hash = r.hash
       FROM json_to_recordset($1) AS r(tenant text, sequence bigint, hash text) WHERE h.tenant = r.tenant`,
      [JSON.stringify([...new Map(rows.map((row) => [row.tenant, row])).values()])],
    );
  };

  return {
    transaction: (tenants, work) =>
      database.transaction(async (tx) => {
        const heads = await lockHeads(tx, [...new Set(tenants)].sort());
        const appended: (AuditEntry & { tenant: string })[] = [];
        const result = await work({
          query: tx,
          append: (tenant, event) => {
            const head = heads.get(tenant);
            if (!head) throw new Error('the audit chain of this tenant is not open');
            const entry = nextAuditEntry(tenant, head.sequence === 0 ? undefined : head, event);
            heads.set(tenant, entry);
            appended.push({ ...entry, tenant });
            return entry;
          },
        });
        await save(tx, appended);
        return result;
      }),
    read: async (tenant, after, limit) => {
      const rows = await query<Row>(
        `SELECT * FROM ${schema}.audit WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
        [tenant, after, limit],
      );
      return rows.map(entryOf);
    },
    hashes: async (tenant, after, limit) => {
      const rows = await query<{ hash: string }>(
        `SELECT hash FROM ${schema}.audit WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
        [tenant, after, limit],
      );
      return rows.map(({ hash }) => hash);
    },
    head: async (tenant) => {
      const [row] = await query<Row>(`SELECT * FROM ${schema}.audit WHERE tenant = $1 ORDER BY sequence DESC LIMIT 1`, [
        tenant,
      ]);
      return row && entryOf(row);
    },
  };
}

function entryOf(row: Row): AuditEntry {
  const { sequence, at_ms, actor, action, subject, detail, previous, hash } = row;
  const facts = JSON.parse(detail) as AuditEvent['detail'];
  return {
    sequence: Number(sequence),
    at: new Date(Number(at_ms)),
    actor,
    action,
    subject,
    detail: facts,
    previous,
    hash,
  };
}
