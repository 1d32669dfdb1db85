// A vault in a process of its own, to be killed: `node --conditions=@llm-memory-graph/source vault-process.ts`.
import { createServer, type IncomingMessage } from 'node:http';

import { localKeyRing } from '@llm-memory-graph/sealed-archive';

import { createVaultServer, type ArchiveStore } from '../../src/index.ts';
import { sqliteArchiveStore } from '../../src/node.ts';

const { VAULT_DB = '', VAULT_POSTGRES, VAULT_KEK = '' } = process.env;

/** The store on PostgreSQL and S3 is loaded only where it is asked for. */
async function openStore(): Promise<ArchiveStore> {
  if (VAULT_POSTGRES === undefined) return sqliteArchiveStore({ path: VAULT_DB });
  const { openScaleOut } = await import('../scale-out/scale-out-process.ts');
  return openScaleOut(VAULT_POSTGRES);
}

const vault = createVaultServer({
  store: await openStore(),
  keys: [{ secret: 'all', tenant: 'acme' }],
  keyProvider: localKeyRing({ keys: { kek: Buffer.from(VAULT_KEK, 'hex') }, primary: 'kek' }),
});

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/' } = incoming;
  const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request(`http://vault.test${url}`, {
    method,
    headers,
    ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
  });
}

const server = createServer((incoming, outgoing) => {
  void (async () => {
    const answer = await vault.fetch(await requestOf(incoming));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(new Uint8Array(await answer.arrayBuffer()));
  })();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${String(address.port)}\n`);
});
