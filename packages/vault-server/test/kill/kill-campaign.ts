import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { encodeSealedFrames, sealedEntry, sealedFramesMediaType, type SealedFrame } from '@llm-memory-graph/contracts';
import { digestOf, generateKey, localKeyRing, open, seal, type ArchiveContext } from '@llm-memory-graph/sealed-archive';
import { expect } from 'vitest';

import { createVaultServer, type ArchiveStore } from '../../src/index.ts';
import { verifyAudit } from '../../src/audit.ts';
import { seededRandom, type BookedArchive } from './archive-book.ts';

const writers = 6;
const childScript = fileURLToPath(new URL('./vault-process.ts', import.meta.url));
const serverKek = generateKey();
const kekText = Buffer.from(serverKek).toString('hex');
/** From here on the servers' clocks run fast. */
const epoch = Date.now();
const serverKeys = localKeyRing({ keys: { kek: serverKek }, primary: 'kek' });
const clientKeys = localKeyRing({ keys: { client: generateKey() }, primary: 'client' });
const authorization = 'Bearer all';
const policyId = 'short';

/** A kind of store whose process is killed. */
export interface KillTarget {
  /** What the process needs to know to open the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens what the dead process left. */
  open(): ArchiveStore | Promise<ArchiveStore>;
  /** Whether archives expire, by a fast clock, and are swept. @default false */
  readonly sweeps?: boolean;
}

interface Round {
  readonly sweeps: boolean;
  readonly url: string;
  readonly random: () => number;
  readonly book: Map<string, BookedArchive>;
  /** Called after each answer; kills the server when its time has come. */
  answered(): void;
}

function contextOf(id: string): ArchiveContext {
  return { tenant: 'client', sessionId: `session-${id}`, archiveId: id };
}

export async function startServer({
  env,
  sweeps,
}: Pick<KillTarget, 'env' | 'sweeps'>): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--conditions=@llm-memory-graph/source', childScript], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      ...env,
      VAULT_KEK: kekText,
      ...(sweeps ? { VAULT_EPOCH: String(epoch) } : {}),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, url: `http://127.0.0.1:${port}` };
}

function newArchive({ book, random }: Round, sealedBy: BookedArchive['sealedBy'], expires: boolean): BookedArchive {
  const data = JSON.stringify({ text: 'x'.repeat(Math.floor(random() ** 4 * 200_000)), n: random() });
  const archive: BookedArchive = { id: `archive-${String(book.size)}`, data, sealedBy, expires, told: 'sent' };
  book.set(archive.id, archive);
  return archive;
}

const daysOf = ({ expires }: BookedArchive): number => (expires ? 1 : 3650);

function entryText(archive: BookedArchive): string {
  const { id, data } = archive;
  return `{"id":"${id}","session_id":"session-${id}","retention_days":${daysOf(archive)},"data":${data}}`;
}

async function frameOf(archive: BookedArchive): Promise<SealedFrame> {
  const { id, data } = archive;
  const { bytes, digest } = await seal(new TextEncoder().encode(data), { context: contextOf(id), keys: clientKeys });
  return {
    entry: sealedEntry.parse({ id, sessionId: `session-${id}`, retentionDays: daysOf(archive), digest }),
    content: bytes,
  };
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
  const expires = round.random() < 0.3 && round.sweeps;
  const archives = Array.from({ length: count }, () => newArchive(round, kind < 0.7 ? 'server' : 'client', expires));
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
  if (expires) await putUnderPolicy(round, archives[0]!);
}

/** From now on a sweep may take it, also when the answer is lost. */
async function putUnderPolicy(round: Round, archive: BookedArchive): Promise<void> {
  archive.told = 'expiring';
  const headers = { authorization, 'content-type': 'application/json' };
  const body = `{"policy_id":"${policyId}"}`;
  const answer = await fetch(`${round.url}/api/v1/archive/${archive.id}/policy`, { method: 'PUT', headers, body });
  // Gone already: the sweep was faster.
  expect([204, 404]).toContain(answer.status);
}

/** Deletes what is expired by the fast clock and under the policy. */
async function sweep(round: Round): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = '{"dry_run":false,"max_deletions":10,"max_share":1}';
  const answer = await fetch(`${round.url}/api/v1/retention/sweep`, { method: 'POST', headers, body });
  const { archive_ids: ids } = (await answer.json()) as { archive_ids: string[] };
  for (const id of ids) {
    const archive = round.book.get(id)!;
    expect(archive.told, `${id} was swept`).toBe('expiring');
    archive.told = 'deleted';
  }
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
      const kind = round.random();
      await (kind < 0.2 ? deleteOne(round) : kind < 0.25 && round.sweeps ? sweep(round) : archiveSome(round));
    } catch (error) {
      // What `fetch` throws when the connection breaks; anything else is a finding.
      if (error instanceof TypeError || (error as Error).name === 'AbortError') return;
      throw error;
    }
    round.answered();
  }
}

/** Looks at what the dead server left, through a server of our own over the same store. Gives how many were swept. */
async function checkBook(target: KillTarget, book: Iterable<BookedArchive>): Promise<number> {
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
        archive.told =
          held === undefined
            ? archive.told === 'sent'
              ? 'sent'
              : 'deleted'
            : archive.told === 'expiring'
              ? 'expiring'
              : 'acknowledged';
      }
    }
    const entries = await store.audit('acme', 0, 1_000_000);
    expect(verifyAudit('acme', entries)).toMatchObject({ ok: true });
    const told = (action: string): number => entries.filter((entry) => entry.action === action).length;
    expect(told('archive') - told('delete') - told('retention.delete')).toBe(await store.count('acme'));
    return told('retention.delete');
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

/**
 * Kills a server at random moments of its work, again and again over one store, and holds what is left to what was
 * told. Seeded: the same seeds kill after the same number of answers.
 */
export async function killCampaign(target: KillTarget, rounds: number, firstSeed = 1): Promise<void> {
  const book = new Map<string, BookedArchive>();
  let known = 0;
  let swept = 0;
  for (let done = 1; done <= rounds; done++) {
    await round(firstSeed + done - 1, target, book);
    const all = [...book.values()];
    swept = await checkBook(target, done % 5 === 0 || done === rounds ? all : all.slice(known));
    known = all.length;
  }
  const told = new Set([...book.values()].map((archive) => archive.told));
  // A campaign that never saw an unanswered request, or never a deletion, would prove nothing.
  for (const each of ['acknowledged', 'deleted', 'sent'] as const) expect(told).toContain(each);
  if (target.sweeps === true && rounds >= 20) expect(swept).toBeGreaterThan(0);
}

async function round(seed: number, target: KillTarget, book: Map<string, BookedArchive>): Promise<void> {
  const random = seededRandom(seed);
  const { child, url } = await startServer(target);
  const exited = once(child, 'exit');
  const policy = JSON.stringify({ policy_id: policyId, name: 'short', retention_days: 1, auto_delete: true });
  const headers = { authorization, 'content-type': 'application/json' };
  const { sweeps = false } = target;
  // Made in the first round, known in all others.
  if (sweeps) await fetch(`${url}/api/v1/policies`, { method: 'POST', headers, body: policy });
  let answersLeft = 1 + Math.floor(random() * 60);
  const answered = (): void => {
    // A few turns of the loop later other requests are in the middle of their commit.
    if (--answersLeft === 0) setTimeout(() => child.kill('SIGKILL'), Math.floor(random() * 8));
  };
  await Promise.all(Array.from({ length: writers }, () => writer({ url, random, book, answered, sweeps })));
  expect((await exited)[1]).toBe('SIGKILL');
}
