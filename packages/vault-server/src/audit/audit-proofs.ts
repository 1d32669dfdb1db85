import { type KeyObject } from 'node:crypto';

import { type AuditCheckpoint } from '@llm-memory-graph/contracts';

import { type Vault } from '../vault.ts';
import { AuditTree } from './audit-tree.ts';
import { signCheckpoint } from './checkpoint.ts';

/** What proves the audit chains of a vault that has a signing key. */
export interface AuditProofs {
  readonly tree: AuditTree;
  readonly key: KeyObject;
  /** The head of the tenant's chain as it is now, signed. */
  checkpoint(tenant: string): Promise<AuditCheckpoint>;
}

export function auditProofs({ store, clock }: Vault, key: KeyObject): AuditProofs {
  const tree = new AuditTree(store);
  return {
    tree,
    key,
    checkpoint: async (tenant) => {
      const head = await store.auditHead(tenant);
      const root = await tree.root(tenant, head?.sequence ?? 0);
      return signCheckpoint(tenant, head, root, new Date(clock.now()), key);
    },
  };
}
