import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKey, localKeyRing, open, seal } from '@llm-memory-graph/sealed-archive';
import { expect } from 'vitest';

import { seededRandom } from './archive-book.ts';
import { startServer } from './kill-campaign.ts';

const pieceBytes = 4096;
const headers = { authorization: 'Bearer all', 'content-type': 'application/partial-upload' };
const context = { tenant: 'client', sessionId: 's', archiveId: 'a' };
const entry = `:${Buffer.from('{"id":"a","session_id":"s","retention_days":30}').toString('base64')}:`;

interface Progress {
  readonly offset: number;
  readonly complete: boolean;
}

async function progressOf(url: string): Promise<Progress> {
  const answer = await fetch(url, { method: 'HEAD', headers });
  expect(answer.status).toBe(204);
  const complete = answer.headers.get('upload-complete') === '?1';
  return { offset: Number(answer.headers.get('upload-offset')), complete };
}

/** Sends the rest of the archive; calls `atByte` once that many bytes of it were handed over. */
async function sendRest(url: string, rest: Uint8Array, offset: number, atByte: number, kill: () => void) {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= rest.length) controller.close();
      else controller.enqueue(rest.slice(sent, (sent += Math.min(pieceBytes, rest.length - sent))));
      if (sent >= atByte) kill();
    },
  });
  const upload = { 'upload-offset': String(offset), 'upload-complete': '?1' };
  const request = { method: 'PATCH', headers: { ...headers, ...upload }, body, duplex: 'half' } as RequestInit;
  // The answer may come, be lost or be cut; what counts is what the vault says after its restart.
  await fetch(url, request).then(
    (answer) => answer.arrayBuffer().catch(() => undefined),
    () => undefined,
  );
}

/** Uploads an archive to a vault that is killed again and again, each time with some of the rest on its way. */
export async function uploadOverKills(kills: number, seed: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vault-upload-kill-'));
  const target = { env: { VAULT_DB: join(folder, 'vault.db'), VAULT_SYNC_BYTES: String(4 * pieceBytes) } };
  const random = seededRandom(seed);
  const keys = localKeyRing({ keys: { client: generateKey() }, primary: 'client' });
  const content = randomBytes(kills * 64 * 1024);
  const sealed = await seal(content, { context, keys, compression: 'none' });
  let path = '';
  let known: Progress = { offset: 0, complete: false };
  try {
    for (let killed = 0; ; killed++) {
      const { child, url } = await startServer(target);
      const exited = once(child, 'exit');
      const kill = (): void => void child.kill('SIGKILL');
      try {
        if (path === '') {
          const begin = { ...headers, 'upload-complete': '?0', 'archive-entry': entry };
          const begun = await fetch(`${url}/api/v1/archive`, { method: 'POST', headers: begin });
          path = begun.headers.get('location') ?? '';
        }
        const told = await progressOf(url + path);
        expect(told.offset).toBeGreaterThanOrEqual(known.offset);
        expect(told.complete || !known.complete).toBe(true);
        known = told;
        if (killed === kills) {
          await sendRest(url + path, sealed.bytes.subarray(known.offset), known.offset, Infinity, kill);
          const answer = await fetch(`${url}/api/v1/archive/a/content`, { headers });
          const held = new Uint8Array(await answer.arrayBuffer());
          expect(Buffer.compare(held, sealed.bytes)).toBe(0);
          expect(Buffer.compare(await open(held, { context, keys }), content)).toBe(0);
          return;
        }
        // A share of what is left, so that there is something left for all kills; the last one may meet the end.
        const rest = sealed.bytes.subarray(known.offset);
        const share = Math.ceil((rest.length / (kills - killed)) * 2 * random());
        await sendRest(url + path, rest, known.offset, Math.min(share, rest.length), kill);
      } finally {
        kill();
        await exited;
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
