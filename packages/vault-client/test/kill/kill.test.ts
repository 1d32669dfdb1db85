import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { runsSource } from '../../../../readme.shared.ts';
import { VaultClient } from '../../src/index.ts';
import { archiveSealer, fileSpool } from '../../src/node/index.ts';
import { served } from '../served.ts';
import { apiKey, vaultFor } from '../vault.ts';
import { contentOf } from './content.ts';

const script = fileURLToPath(new URL('archive-process.ts', import.meta.url));
const bytes = 1_500_000;

/** When the process is killed: after it told this many lines, of which the first is its token. */
const moments = [1, 2, 5, 12, 20];

async function all(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.skipIf(!runsSource)('kill -9 in the middle of archiveStream (needs Node 24)', () => {
  it.each(moments)('another process goes on from the token, killed after %i lines', async (lines) => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-kill-'));
    const { server } = vaultFor();
    const offsets: number[] = [];
    await using socket = await served((request) => {
      const offset = request.headers.get('upload-offset');
      if (offset !== null) offsets.push(Number(offset));
      return server.fetch(request);
    });
    try {
      const key = generateKey();
      const child = spawn(process.execPath, ['--conditions=@llm-memory-graph/source', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          ...{ NODE_OPTIONS: '', VAULT_URL: socket.url, VAULT_API_KEY: apiKey, SPOOL: folder },
          ...{ KEY: Buffer.from(key).toString('hex'), BYTES: String(bytes) },
        },
      });
      const exited = once(child, 'exit');
      let token = '';
      let told = 0;
      for await (const line of createInterface(child.stdout)) {
        token ||= (JSON.parse(line) as { token?: string }).token ?? '';
        if (++told === lines) child.kill('SIGKILL');
      }
      expect((await exited)[1]).toBe('SIGKILL');
      const before = Math.max(0, ...offsets);
      offsets.length = 0;

      // This one has no key: it sends what was sealed then.
      const other = new VaultClient({ apiKey, baseUrl: socket.url });
      const receipt = await other.resumeArchiveStream(token, { spool: fileSpool({ folder }), partBytes: 64 * 1024 });
      expect(receipt).toMatchObject({ archiveId: 'big', sessionId: 's-big' });
      expect(Math.min(...offsets, Infinity)).toBeGreaterThanOrEqual(before);
      expect(await readdir(folder)).toEqual([]);

      const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: key }, primary: 'k' }) });
      const reader = new VaultClient({ apiKey, baseUrl: socket.url, sealer });
      expect((await all(reader.retrieveStream('big'))).equals(await all(contentOf(bytes)))).toBe(true);
      expect((await reader.listArchives()).archives).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
