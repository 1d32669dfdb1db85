import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import { sqliteArchiveStore, type SqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { tenant } from '../vault/archive-of.ts';

/** Opens the store in the folder that is the first argument, checks all of it in every way, and tells how long each took. */
const [, , folder = ''] = process.argv;
const path = join(folder, 'vault.db');

async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/** The Merkle tree over the audit chain is built from the hashes in the store, once after each start. */
async function firstCheckpoint(store: SqliteArchiveStore): Promise<void> {
  const vault = createVaultServer({
    store,
    keys: [{ secret: 'bench', tenant }],
    keyProvider: localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' }),
    checkpointKey: generateKeyPairSync('ed25519').privateKey,
  });
  const headers = { authorization: 'Bearer bench' };
  const { status } = await vault.fetch(new Request('http://vault/api/v1/audit/checkpoint', { headers }));
  if (status !== 200) throw new Error(`no checkpoint: ${status}`);
}

async function compareAllDigests(store: SqliteArchiveStore): Promise<void> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const { records, next } = await store.list(tenant, { after, limit: 1000 });
    const found = await store.reread(
      tenant,
      records.map(({ archiveId }) => archiveId),
    );
    for (const [i, { digest }] of records.entries()) {
      const archive = found[i];
      if (archive?.outcome !== 'held' || archive.digest !== digest) throw new Error('an archive is damaged');
    }
    after = next;
  }
}

function integrityCheck(): void {
  const db = new DatabaseSync(path);
  const answer = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  db.close();
  if (answer !== 'ok') throw new Error('the database is damaged');
}

let store: SqliteArchiveStore | undefined;
const startMs =
  1_000 *
  (await secondsOf(async () => {
    store = sqliteArchiveStore({ path });
    await store.list(tenant, { limit: 1 });
  }));
if (store === undefined) throw new Error('not opened');
const opened = store;
const checkpointSeconds = await secondsOf(() => firstCheckpoint(opened));
const digestSeconds = await secondsOf(() => compareAllDigests(opened));
await opened.close();
const integritySeconds = await secondsOf(integrityCheck);
const checkRssMb = process.resourceUsage().maxRSS / 1024;
process.send?.({ startMs, checkpointSeconds, digestSeconds, integritySeconds, checkRssMb });
