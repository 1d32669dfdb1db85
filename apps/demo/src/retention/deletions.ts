import { createPublicKey, type KeyObject } from 'node:crypto';
import type { AuditEntry, VaultClient } from '@llm-memory-graph/vault-client';
import { verifyInclusion } from '@llm-memory-graph/vault-server/audit';
import * as z from 'zod/mini';

/** The public key by which the vault signs the state of its audit chain. */
export async function auditKeyOf(vaultUrl: string): Promise<KeyObject> {
  const answer = await fetch(new URL('/api/v1/capabilities', vaultUrl));
  return createPublicKey(z.object({ audit_key: z.string() }).parse(await answer.json()).audit_key);
}

/** Of these archives, how many are proven to be gone: the vault refuses them, and its signed audit chain has the deletion. */
export async function provenDeletions(
  archiveIds: readonly string[],
  vault: VaultClient,
  auditKey: KeyObject,
): Promise<number> {
  const answers = await vault.readBackArchives(archiveIds);
  const refused = answers.flatMap((answer) => (!answer.ok && answer.error.status === 410 ? [answer.archiveId] : []));
  const chain = await entriesAbout(new Set(refused), vault);
  let proven = 0;
  for (const id of refused) {
    const [archived, deleted] = ['archive', 'retention.delete'].map((action) =>
      chain.find((entry) => entry.subject === id && entry.action === action),
    );
    if (!archived || !deleted) continue;
    const proof = await vault.audit.proof(deleted.sequence);
    const isOfThis = proof.entry.hash === deleted.hash && deleted.detail['digest'] === archived.detail['digest'];
    if (isOfThis && verifyInclusion(proof, auditKey)) proven++;
  }
  return proven;
}

async function entriesAbout(archiveIds: ReadonlySet<string>, vault: VaultClient): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for await (const entry of vault.audit.entries()) if (archiveIds.has(entry.subject)) found.push(entry);
  return found;
}
