// A vault in a process of its own, to be killed: `node --conditions=@llm-memory-graph/source vault-process.ts`.
import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import { localKeyRing } from '@llm-memory-graph/sealed-archive';

import { createVaultServer, type ArchiveStore } from '../../src/index.ts';
import { sqliteArchiveStore, type SqliteArchiveStore } from '../../src/node.ts';

const { VAULT_DB = '', VAULT_POSTGRES, VAULT_KEK = '', VAULT_EPOCH, VAULT_SYNC_BYTES } = process.env;

/** The store on PostgreSQL and S3 is loaded only where it is asked for. */
async function openStore(): Promise<ArchiveStore> {
  if (VAULT_POSTGRES === undefined) {
    const sqlite = sqliteArchiveStore({ path: VAULT_DB });
    compactAgain(sqlite);
    return sqlite;
  }
  const { openScaleOut } = await import('../scale-out/scale-out-process.ts');
  return openScaleOut(VAULT_POSTGRES);
}

/** All the time, so that kills meet it too. */
function compactAgain(store: SqliteArchiveStore): void {
  void store.compact().then(() => setTimeout(compactAgain, 5, store));
}

/** A day takes less than a second, so that archives expire while others are written. */
function fastClock(epoch: number): { now(): number; monotonic(): number } {
  const speed = 100_000;
  const began = Date.now();
  return {
    now: () => epoch + (Date.now() - epoch) * speed,
    // From the same clock: a millisecond of difference would be minutes.
    monotonic: () => (Date.now() - began) * speed,
  };
}

const vault = createVaultServer({
  store: await openStore(),
  ...(VAULT_EPOCH === undefined ? {} : { clock: fastClock(Number(VAULT_EPOCH)) }),
  keys: [{ secret: 'all', tenant: 'acme' }],
  keyProvider: localKeyRing({ keys: { kek: Buffer.from(VAULT_KEK, 'hex') }, primary: 'kek' }),
  ...(VAULT_SYNC_BYTES === undefined ? {} : { uploads: { syncBytes: Number(VAULT_SYNC_BYTES) } }),
});

/** The body as it arrives, so that a kill meets the vault in the middle of one. */
function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/' } = incoming;
  const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request(`http://vault.test${url}`, {
    method,
    headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: Readable.toWeb(incoming), duplex: 'half' }),
  } as RequestInit);
}

const server = createServer((incoming, outgoing) => {
  void (async () => {
    const answer = await vault.fetch(requestOf(incoming));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(new Uint8Array(await answer.arrayBuffer()));
  })();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${String(address.port)}\n`);
});
