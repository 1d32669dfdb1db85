import { retentionPolicy, type RetentionPolicy } from '@llm-memory-graph/contracts';
import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

/** Policies are few and small: each is kept as the JSON of its wire form. */
export interface PolicyTable {
  /** False when the id is taken. */
  insert(query: PostgresQuery, tenant: string, policy: RetentionPolicy): Promise<boolean>;
  find(query: PostgresQuery, tenant: string, policyId: string): Promise<RetentionPolicy | undefined>;
  list(query: PostgresQuery, tenant: string): Promise<RetentionPolicy[]>;
}

interface Row {
  readonly policy: string;
}

const policyOf = ({ policy }: Row): RetentionPolicy => retentionPolicy.decode(JSON.parse(policy));

export function policyTable(schema: string): PolicyTable {
  const table = `${schema}.policy`;
  return {
    insert: async (query, tenant, policy) => {
      const inserted = await query(`INSERT INTO ${table} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`, [
        tenant,
        policy.policyId,
        JSON.stringify(retentionPolicy.encode(policy)),
      ]);
      return inserted.length > 0;
    },
    find: async (query, tenant, policyId) => {
      const [row] = await query<Row>(`SELECT policy FROM ${table} WHERE tenant = $1 AND policy_id = $2`, [
        tenant,
        policyId,
      ]);
      return row && policyOf(row);
    },
    list: async (query, tenant) => {
      const rows = await query<Row>(`SELECT policy FROM ${table} WHERE tenant = $1 ORDER BY policy_id`, [tenant]);
      return rows.map(policyOf);
    },
  };
}
