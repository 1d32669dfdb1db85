import { type DatabaseSync } from 'node:sqlite';

import { retentionPolicy, type RetentionPolicy } from '@llm-memory-graph/contracts';

export interface PolicyTable {
  insert(tenant: string, policy: RetentionPolicy): void;
  find(tenant: string, policyId: string): RetentionPolicy | undefined;
  list(tenant: string): RetentionPolicy[];
}

/** Policies are few and small: each is kept as the JSON of its wire form. */
export function policyTable(db: DatabaseSync): PolicyTable {
  const insert = db.prepare('INSERT INTO policy (tenant, policy_id, policy) VALUES (?, ?, ?)');
  const select = db.prepare('SELECT policy FROM policy WHERE tenant = ? AND policy_id = ?');
  const all = db.prepare('SELECT policy FROM policy WHERE tenant = ? ORDER BY policy_id');
  const policyOf = (row: Record<string, unknown>): RetentionPolicy =>
    retentionPolicy.decode(JSON.parse(row['policy'] as string));
  return {
    insert: (tenant, policy) => {
      insert.run(tenant, policy.policyId, JSON.stringify(retentionPolicy.encode(policy)));
    },
    find: (tenant, policyId) => {
      const row = select.get(tenant, policyId);
      return row && policyOf(row);
    },
    list: (tenant) => all.all(tenant).map(policyOf),
  };
}
