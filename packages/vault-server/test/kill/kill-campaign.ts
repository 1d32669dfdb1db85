import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { encodeSealedFrames, sealedEntry, sealedFramesMediaType, type SealedFrame } from '@llm-memory-graph/contracts';
import { digestOf, generateKey, localKeyRing, open, seal, type ArchiveContext } from '@llm-memory-graph/sealed-archive';
import { expect } from 'vitest';

import { verifyAudit } from '../../src/audit.ts';
import { createVaultServer, type ArchiveStore } from '../../src/index.ts';
import { seededRandom, type BookedArchive } from './archive-book.ts';

const writers = 6;
const childScript = fileURLToPath(new URL('./vault-process.ts', import.meta.url));
const serverKek = generateKey();
const serverKeys = localKeyRing({ keys: { kek: serverKek }, primary: 'kek' });
const clientKeys = localKeyRing({ keys: { client: generateKey() }, primary: 'client' });
const authorization = 'Bearer all';

/** A kind of store whose process is killed. */
export interface KillTarget {
  /** What the process needs to know to open the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens what the dead process left. */
  open(): ArchiveStore | Promise<ArchiveStore>;
}

interface Round {
  readonly url: string;
  readonly random: () => number;
  readonly book: Map<string, BookedArchive>;
  /** Called after each answer; kills the server when its time has come. */
  answered(): void;
}

function contextOf(id: string): ArchiveContext {
  return { tenant: 'client', sessionId: `session-${id}`, archiveId: id };
}

async function startServer(settings: KillTarget['env']): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--conditions=@llm-memory-graph/source', childScript], {
    env: { ...process.env, NODE_OPTIONS: '', ...settings, VAULT_KEK: Buffer.from(serverKek).toString('hex') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, url: `http://127.0.0.1:${port}` };
}

function newArchive({ book, random }: Round, sealedBy: BookedArchive['sealedBy']): BookedArchive {
  const data = JSON.stringify({ text: 'x'.repeat(Math.floor(random() ** 4 * 200_000)), n: random() });
  const archive: BookedArchive = { id: `archive-${String(book.size)}`, data, sealedBy, told: 'sent' };
  book.set(archive.id, archive);
  return archive;
}

function entryText({ id, data }: BookedArchive): string {
  return `{"id":"${id}","session_id":"session-${id}","retention_days":30,"data":${data}}`;
}

async function frameOf({ id, data }: BookedArchive): Promise<SealedFrame> {
  const { bytes, digest } = await seal(new TextEncoder().encode(data), { context: contextOf(id), keys: clientKeys });
  return { entry: sealedEntry.parse({ id, sessionId: `session-${id}`, retentionDays: 30, digest }), content: bytes };
}

async function post(round: Round, path: string, body: BodyInit, contentType: string): Promise<string[]> {
  const headers = { authorization, 'content-type': contentType };
  const answer = await fetch(`${round.url}${path}`, { method: 'POST', headers, body });
  const result = (await answer.json()) as { archived?: string[]; archive_id?: string };
  return result.archived ?? (result.archive_id === undefined ? [] : [result.archive_id]);
}

async function archiveSome(round: Round): Promise<void> {
  const kind = round.random();
  const count = kind < 0.4 ? 1 : 5;
  const archives = Array.from({ length: count }, () => newArchive(round, kind < 0.7 ? 'server' : 'client'));
  const stored =
    kind < 0.4
      ? await post(round, '/api/v1/archive', entryText(archives[0]!), 'application/json')
      : kind < 0.7
        ? await post(round, '/api/v1/archive/batch', `[${archives.map(entryText).join()}]`, 'application/json')
        : await post(
            round,
            '/api/v1/archive/batch',
            encodeSealedFrames(await Promise.all(archives.map(frameOf))),
            sealedFramesMediaType,
          );
  for (const id of stored) round.book.get(id)!.told = 'acknowledged';
  expect(stored).toHaveLength(count);
}

async function deleteOne(round: Round): Promise<void> {
  const held = [...round.book.values()].filter((archive) => archive.told === 'acknowledged');
  const archive = held[Math.floor(round.random() * held.length)];
  if (!archive) return;
  archive.told = 'deleting';
  const answer = await fetch(`${round.url}/api/v1/archive/${archive.id}`, {
    method: 'DELETE',
    headers: { authorization },
  });
  if (answer.status === 204) archive.told = 'deleted';
}

/** Works until the server is gone. */
async function writer(round: Round): Promise<void> {
  for (;;) {
    try {
      await (round.random() < 0.2 ? deleteOne(round) : archiveSome(round));
    } catch (error) {
      // What `fetch` throws when the connection breaks; anything else is a finding.
      if (error instanceof TypeError || (error as Error).name === 'AbortError') return;
      throw error;
    }
    round.answered();
  }
}

/** Looks at what the dead server left, through a server of our own over the same store. */
async function checkBook(target: KillTarget, book: Iterable<BookedArchive>): Promise<void> {
  const store = await target.open();
  try {
    const { fetch: ask } = createVaultServer({
      store,
      keys: [{ secret: 'all', tenant: 'acme' }],
      keyProvider: serverKeys,
    });
    const call = async (method: string, path: string, body?: string): Promise<Response> =>
      ask(
        new Request(`http://vault.test${path}`, {
          method,
          headers: { authorization, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body }),
        }),
      );
    for (const archive of book) {
      const held = await contentOf(archive, call);
      if (archive.told === 'acknowledged') expect(held, `${archive.id} was acknowledged`).toBe(archive.data);
      else if (archive.told === 'deleted') {
        expect(held, `${archive.id} was deleted`).toBeUndefined();
        expect((await call('POST', '/api/v1/archive', entryText(archive))).status).toBe(410);
      } else {
        expect([archive.data, undefined], `${archive.id} was ${archive.told}`).toContain(held);
        archive.told = held === undefined ? (archive.told === 'deleting' ? 'deleted' : 'sent') : 'acknowledged';
      }
    }
    const entries = await store.audit('acme', 0, 1_000_000);
    expect(verifyAudit('acme', entries)).toMatchObject({ ok: true });
    const told = (action: string): number => entries.filter((entry) => entry.action === action).length;
    expect(told('archive') - told('delete')).toBe(await store.count('acme'));
  } finally {
    await store.close();
  }
}

async function contentOf(
  { id, sealedBy }: BookedArchive,
  call: (method: string, path: string) => Promise<Response>,
): Promise<string | undefined> {
  const answer = await call('GET', `/api/v1/archive/${id}/content`);
  if (answer.status === 404 || answer.status === 410) return undefined;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(answer.headers.get('etag')).toBe(`"${digestOf(bytes)}"`);
  if (sealedBy === 'client')
    return new TextDecoder().decode(await open(bytes, { context: contextOf(id), keys: clientKeys }));
  const text = await (await call('GET', `/api/v1/archive/${id}`)).text();
  return JSON.stringify((JSON.parse(text) as { data: unknown }).data);
}

/** Kills a server again and again while it is written to, and holds it each time to what it had acknowledged. */
export async function killCampaign(target: KillTarget, rounds: number): Promise<void> {
  const book = new Map<string, BookedArchive>();
  let known = 0;
  for (let seed = 1; seed <= rounds; seed++) {
    const random = seededRandom(seed);
    const { child, url } = await startServer(target.env);
    const exited = once(child, 'exit');
    let answersLeft = 1 + Math.floor(random() * 60);
    const answered = (): void => {
      // A few turns of the loop later other requests are in the middle of their commit.
      if (--answersLeft === 0) setTimeout(() => child.kill('SIGKILL'), Math.floor(random() * 8));
    };
    const round: Round = { url, random, book, answered };
    await Promise.all(Array.from({ length: writers }, () => writer(round)));
    expect((await exited)[1]).toBe('SIGKILL');
    const all = [...book.values()];
    await checkBook(target, seed % 5 === 0 || seed === rounds ? all : all.slice(known));
    known = all.length;
  }
  const told = new Set([...book.values()].map((archive) => archive.told));
  // A campaign that never saw an unanswered request would prove nothing.
  expect([...told].sort()).toEqual(['acknowledged', 'deleted', 'sent']);
}
