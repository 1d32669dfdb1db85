import { pooledFetch } from '@llm-memory-graph/http/node';
import { localKeyRing, sealChunks } from '@llm-memory-graph/sealed-archive';
import { VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { content, contentBytes } from './content.ts';

/** One stream in a process of its own: `seal`, `up` or `down`, and the port of a vault. Tells rate and peak of memory. */
const [, , what = '', port = ''] = process.argv;
// The same in every process, so that one opens what another sealed.
const keys = localKeyRing({ keys: { '2026-01': Buffer.alloc(32, 7) }, primary: '2026-01' });
const ids = { sessionId: 'session', archiveId: 'archive' };

async function drain(source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of source) bytes += piece.length;
  return bytes;
}

function vault(): VaultClient {
  const sealer = archiveSealer({ keys, tenant: 'acme' });
  return new VaultClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey: 'bench', sealer, fetch: pooledFetch().fetch });
}

const upload = (to: VaultClient): Promise<unknown> =>
  to.archiveStream(content(), { id: ids.archiveId, sessionId: ids.sessionId });

async function download(from: VaultClient): Promise<void> {
  const bytes = await drain(from.retrieveStream(ids.archiveId));
  if (bytes !== contentBytes) throw new Error(`${bytes} bytes came back of ${contentBytes}`);
}

async function work(): Promise<unknown> {
  if (what === 'seal') return drain(sealChunks(content(), { context: { tenant: 'acme', ...ids }, keys }));
  return what === 'up' ? upload(vault()) : download(vault());
}

const start = performance.now();
await work();
const mbPerSecond = contentBytes / 1e3 / (performance.now() - start);
process.send?.({ mbPerSecond, rssMb: process.resourceUsage().maxRSS / 1024 });
process.disconnect();
