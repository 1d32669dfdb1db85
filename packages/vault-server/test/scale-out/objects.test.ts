import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { hasPostgres, postgresBinary } from '../../../../postgres.shared.ts';
import { type AuditAction, type AuditEvent } from '../../src/audit/audit-entry.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { type ScaleOutArchiveStore } from '../../src/scale-out/index.ts';
import { type ArchiveRecord, type NewArchive } from '../../src/store/archive-store.ts';
import { type Upload } from '../../src/store/upload-store.ts';
import { startScaleOut, type ScaleOutHarness } from './scale-out-harness.ts';

const tenant = 'acme';
const now = new Date();
const day = 86_400_000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function event(action: AuditAction, subject: string): AuditEvent {
  return { at: now, actor: 'tester', action, subject, detail: {} };
}

function archive(
  archiveId: string,
  body = Buffer.from(`body of ${archiveId}`),
  head = `head of ${archiveId}`,
): NewArchive {
  const content = Buffer.concat([Buffer.from(head), body]);
  const record: NewArchive['record'] = {
    ...{ tenant, archiveId, sessionId: `s-${archiveId}`, archivedAt: now.toISOString(), storedAt: now },
    ...{ requestedDays: 1, retentionDays: 1, expiresAt: new Date(now.getTime() + day), policyIds: [], hold: null },
    ...{ lock: null, tags: [], metadata: '{}', digest: 'sha256:00', size: content.length },
    sealedBy: 'client',
    ...{ encrypted: true, compressed: false, revision: 1 },
  };
  return { record, content, headerBytes: head.length, event: event('archive', archiveId) };
}

describe.skipIf(!hasPostgres)(`objects behind the vault (needs ${postgresBinary})`, () => {
  let harness: ScaleOutHarness;
  let name: string;
  /** Two processes over one vault. */
  let a: ScaleOutArchiveStore;
  let b: ScaleOutArchiveStore;

  beforeAll(async () => {
    harness = await startScaleOut();
  }, 120_000);
  afterAll(() => harness.stop(), 60_000);
  beforeEach(async () => {
    harness.s3.fault = () => undefined;
    harness.s3.forgetsLocks = false;
    harness.s3.bucket.now = () => new Date();
    name = harness.fresh();
    [a, b] = await Promise.all([harness.open(name, { objectLock: true }), harness.open(name, { objectLock: true })]);
  });

  const store = async (...archives: NewArchive[]): Promise<ArchiveRecord[]> =>
    (await a.insert(archives)).map((result) => {
      if (result.outcome !== 'stored') throw new Error('not stored');
      return result.record;
    });
  const erase = (record: ArchiveRecord, by = a) => by.erase(record, event('delete', record.archiveId));
  const content = async (archiveId: string, by = b): Promise<string | undefined> => {
    const bytes = await by.content(tenant, archiveId);
    return bytes && Buffer.from(bytes).toString();
  };
  const rows = async (table: string): Promise<Record<string, unknown>[]> =>
    (await harness.pool.query<Record<string, unknown>>(`SELECT * FROM ${name}.${table}`)).rows;
  const inBucket = (text: string): boolean =>
    [...harness.s3.bucket.objects].some(
      ([key, versions]) =>
        key.startsWith(`${name}/`) && versions.some(({ bytes }) => bytes && Buffer.from(bytes).includes(text)),
    );

  it('packs what arrives together into one object, without the wrapped keys', async () => {
    const requests = numbers(20).map((i) => a.insert([archive(`x-${i}`)]));
    await Promise.all(requests);
    expect(harness.objects(name)).toHaveLength(1);
    expect(inBucket('body of x-19')).toBe(true);
    expect(inBucket('head of')).toBe(false);
    for (const i of numbers(20)) expect(await content(`x-${i}`)).toBe(`head of x-${i}body of x-${i}`);
    const [object] = await rows('object');
    expect(object).toMatchObject({ state: 'live', live: 20 });
  });

  it('stores an id once when it comes to two processes at once, and chains one audit trail', async () => {
    const ids = numbers(30).map((i) => `id-${i}`);
    const results = await Promise.all(
      ids.flatMap((id) => [a.insert([archive(id)]), b.insert([archive(id, Buffer.from('other body'))])]),
    );
    expect(results.flat().filter(({ outcome }) => outcome === 'stored')).toHaveLength(30);
    const entries = await a.audit(tenant, 0, 1000);
    expect(verifyAudit(tenant, entries)).toMatchObject({ ok: true, sequence: 30 });
    const { records } = await b.list(tenant, { limit: 100 });
    expect(records.map(({ auditSequence }) => auditSequence)).toEqual(numbers(30).map((i) => i + 1));
    await Promise.all(records.flatMap((record) => [erase(record, a), erase(record, b)]));
    expect((await a.audit(tenant, 0, 1000)).filter(({ action }) => action === 'delete')).toHaveLength(30);
    await a.maintain();
    await b.maintain();
    expect(harness.objects(name)).toEqual([]);
    expect(await rows('object')).toEqual([]);
  });

  it('V5: destroys the key with the archive, and removes an object with the last of its archives', async () => {
    const [first, second] = await store(archive('first'), archive('second'));
    expect(await erase(first!)).toMatchObject({ action: 'delete', sequence: 3 });
    expect((await rows('archive_key')).map(({ archive_id }) => archive_id)).toEqual(['second']);
    expect(await content('first')).toBeUndefined();
    expect(await content('second')).toBe('head of secondbody of second');
    await erase(second!);
    await a.close();
    expect(harness.objects(name)).toEqual([]);
    expect(await rows('archive_key')).toEqual([]);
  });

  it('tries again later to remove what the storage would not, and another process may do it', async () => {
    const [record] = await store(archive('x'));
    harness.s3.fault = (request) => (request === 'DELETE object' ? 'slow-down' : undefined);
    await erase(record!);
    await a.close();
    expect(harness.objects(name)).toHaveLength(1);
    expect(await b.maintain()).toMatchObject({ removed: 0, failed: 0 });
    await harness.pool.query(`UPDATE ${name}.object SET retry_at = now()`);
    harness.s3.fault = () => undefined;
    expect(await b.maintain()).toMatchObject({ removed: 1 });
    expect(harness.objects(name)).toEqual([]);
  });

  it('V6: sweeps away what no row names, and never what one names', async () => {
    const [kept] = await store(archive('kept'));
    const upload = await begin('open');
    await a.uploads.append(upload, [Buffer.alloc(300 * 1024)], now);
    const storage = harness.storage(name);
    await storage.put('s/left-behind', Buffer.from('1'));
    const partsId = await storage.beginParts('u/left-behind');
    await storage.putPart('u/left-behind', partsId, 1, Buffer.from('1'));
    expect(await b.maintain()).toMatchObject({ orphans: 0 });
    expect(await b.maintain({ orphanAgeMs: -1000 })).toMatchObject({ orphans: 2 });
    expect(harness.objects(name)).toHaveLength(2);
    expect([...harness.s3.bucket.multiparts.values()].filter(({ key }) => key.startsWith(`${name}/`))).toEqual([]);
    expect(await content('kept')).toBe('head of keptbody of kept');
    expect(kept).toBeDefined();
  });

  it('V6: sweeps away what an earlier sweep took and did not remove before its process died', async () => {
    const storage = harness.storage(name);
    await storage.put('s/left-behind', Buffer.from('1'));
    const dying = await harness.open(name, {
      storage: { ...storage, remove: () => Promise.reject(new Error('killed')) },
    });
    await expect(dying.maintain({ orphanAgeMs: -1000 })).rejects.toThrow('killed');
    expect(harness.objects(name)).toHaveLength(1);
    expect(await b.maintain({ orphanAgeMs: -1000 })).toMatchObject({ orphans: 1 });
    expect(harness.objects(name)).toEqual([]);
  });

  it('V6: puts an archive again whose object a sweep removed before its row was there', async () => {
    const storage = harness.storage(name);
    let swept = 0;
    const slow = await harness.open(name, {
      storage: {
        ...storage,
        put: async (key, bytes) => {
          await storage.put(key, bytes);
          // The process stalls here for so long that the object looks left behind.
          if (swept++ === 0) await b.maintain({ orphanAgeMs: -1000 });
        },
      },
    });
    expect((await slow.insert([archive('x')]))[0]!.outcome).toBe('stored');
    expect(swept).toBe(2);
    expect(await content('x')).toBe('head of xbody of x');
    await b.maintain({ orphanAgeMs: -1000 });
    expect(await content('x')).toBe('head of xbody of x');
  });

  it('stores nothing while the storage is busy, and the same archive afterwards', async () => {
    harness.s3.fault = (request) => (request === 'PUT object' ? 'slow-down' : undefined);
    await expect(a.insert([archive('x')])).rejects.toMatchObject({ status: 503 });
    expect(await a.find(tenant, 'x')).toEqual({ outcome: 'absent' });
    harness.s3.fault = () => undefined;
    expect((await a.insert([archive('x')]))[0]!.outcome).toBe('stored');
  });

  it('rewrites objects that are mostly dead, while others read and erase', async () => {
    const records = await store(...numbers(10).map((i) => archive(`x-${i}`, randomBytes(1000))));
    const before = harness.objects(name);
    const kept = await Promise.all([8, 9].map((i) => content(`x-${i}`)));
    for (const record of records.slice(0, 7)) await erase(record);
    // Its place is looked up before the compaction, its bytes are read after it.
    const reading = await b.read(tenant, 'x-9', 0, 1000);
    const [report] = await Promise.all([a.maintain(), erase(records[7]!, b)]);
    expect(report).toMatchObject({ compacted: 1 });
    await a.maintain();
    expect(harness.objects(name)).toHaveLength(1);
    expect(harness.objects(name)).not.toEqual(before);
    expect(await Promise.all([8, 9].map((i) => content(`x-${i}`)))).toEqual(kept);
    const pieces: Uint8Array[] = [];
    for await (const piece of reading!) pieces.push(piece);
    expect(Buffer.concat(pieces).length).toBe(1000);
    expect(await content('x-7')).toBeUndefined();
    await Promise.all(records.slice(8).map((record) => erase(record)));
    await a.maintain();
    expect(harness.objects(name)).toEqual([]);
  });

  describe('locks and holds', () => {
    const until = new Date(now.getTime() + 5 * day);
    const unchanged = ({ retentionDays, expiresAt, policyIds, hold, lock }: ArchiveRecord) => {
      return { retentionDays, expiresAt, policyIds, hold, lock };
    };
    const versionsOf = () => harness.objects(name).flatMap((key) => harness.s3.bucket.objects.get(key) ?? []);

    it('are on the object before they are acknowledged', async () => {
      const [record] = await store(archive('x'));
      const lock = { mode: 'compliance', until } as const;
      const locked = await a.update(record!, { ...unchanged(record!), lock }, event('lock.set', 'x'));
      expect(versionsOf()[0]!.retention).toMatchObject({ mode: 'COMPLIANCE' });
      expect(versionsOf()[0]!.retention!.until >= until).toBe(true);
      const hold = { reason: 'case', since: now };
      const held = await b.update(locked!, { ...unchanged(locked!), hold }, event('hold.place', 'x'));
      expect(versionsOf()[0]!.held).toBe(true);
      await a.update(held!, unchanged(locked!), event('hold.release', 'x'));
      expect(versionsOf()[0]!.held).toBe(false);
    });

    it('are refused when the storage does not keep them', async () => {
      const [record] = await store(archive('x'));
      harness.s3.forgetsLocks = true;
      const change = { ...unchanged(record!), lock: { mode: 'governance', until } as const };
      await expect(a.update(record!, change, event('lock.set', 'x'))).rejects.toThrow(
        'does not keep a governance lock',
      );
      expect(await a.find(tenant, 'x')).toEqual({ outcome: 'held', record });
      const born = archive('y');
      const locked = { ...born, record: { ...born.record, lock: change.lock } };
      await expect(a.insert([locked])).rejects.toThrow('does not keep a governance lock');
      expect(await a.find(tenant, 'y')).toEqual({ outcome: 'absent' });
    });

    it('stay on a shared object for as long as one archive in it is held', async () => {
      const [first, second] = await store(archive('first'), archive('second'));
      const hold = { reason: 'case', since: now };
      const held = await Promise.all(
        [first!, second!].map((record) =>
          a.update(record, { ...unchanged(record), hold }, event('hold.place', record.archiveId)),
        ),
      );
      const released = await b.update(held[0]!, unchanged(first!), event('hold.release', 'first'));
      expect(versionsOf()[0]!.held).toBe(true);
      await erase(released!);
      await b.update(held[1]!, unchanged(second!), event('hold.release', 'second'));
      expect(versionsOf()[0]!.held).toBe(false);
    });

    it('V5: the key goes at once, the locked bytes when the lock ends', async () => {
      const [record] = await store(archive('x'));
      const lock = { mode: 'governance', until } as const;
      const locked = await a.update(record!, { ...unchanged(record!), lock }, event('lock.set', 'x'));
      await erase(locked!);
      await a.close();
      expect(await rows('archive_key')).toEqual([]);
      expect(harness.objects(name)).toHaveLength(1);
      await harness.pool.query(`UPDATE ${name}.object SET retry_at = now()`);
      expect(await a.maintain()).toMatchObject({ locked: 1, removed: 0 });
      harness.s3.bucket.now = () => new Date(until.getTime() + 1000);
      await harness.pool.query(`UPDATE ${name}.object SET retry_at = now()`);
      expect(await a.maintain()).toMatchObject({ locked: 0, removed: 1 });
    });
  });

  async function begin(archiveId: string): Promise<Upload> {
    const given = { tenant, uploadId: `u-${archiveId}`, key: archiveId, archiveId, entry: '{}', length: null };
    const begun = await a.uploads.begin({ ...given, activeAt: now }, 9);
    if (begun.outcome === 'full') throw new Error('full');
    return begun.upload;
  }

  describe('uploads', () => {
    const key = 'wrapped-key-that-must-vanish';
    const mebibyte = 2 ** 20;

    async function sent(upload: Upload, bytes: Buffer, pieceBytes: number): Promise<Upload> {
      let current = upload;
      for (let at = upload.offset, turn = 0; at < bytes.length; at = current.offset, turn++) {
        // Every request comes to another process.
        const by = turn % 2 === 0 ? a : b;
        const next = await by.uploads.append(current, [bytes.subarray(at, at + pieceBytes)], now);
        current = next!;
      }
      return current;
    }
    const collect = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
      const found: Uint8Array[] = [];
      for await (const piece of pieces) found.push(piece);
      return Buffer.concat(found);
    };
    const finish = (upload: Upload, by = a) => {
      const { record, event: arrival } = archive(upload.archiveId, Buffer.alloc(upload.offset - key.length), key);
      return by.uploads.finish(upload, { record, event: arrival, head: Buffer.from(key) });
    };

    it.each([
      ['parts', 11, 4 * mebibyte],
      ['parts that fit at once', 11, 6 * mebibyte],
      ['little behind the front', 1, 300 * 1024],
    ])('V1: holds what came in %s over two processes, byte for byte', async (_, size, pieceBytes) => {
      const bytes = Buffer.concat([Buffer.from(key), randomBytes(size * mebibyte + 7)]);
      const upload = await sent(await begin('big'), bytes, pieceBytes);
      expect((await collect(b.uploads.read(upload, 0, upload.offset))).equals(bytes)).toBe(true);
      expect((await finish(upload, b)).outcome).toBe('stored');
      expect(Buffer.from((await a.content(tenant, 'big'))!).equals(bytes)).toBe(true);
      for (const [start, end] of [
        [0, key.length + 1],
        [256 * 1024 - 1, 256 * 1024 + 1],
        [bytes.length - 9, bytes.length],
      ] as const) {
        const piece = await collect((await a.read(tenant, 'big', start, end))!);
        expect(piece.equals(bytes.subarray(start, end)), `${start} to ${end}`).toBe(true);
      }
      // V5: the key is in its row alone.
      expect(inBucket(key)).toBe(false);
      expect(await rows('upload')).toMatchObject([{ front: Buffer.alloc(0), completed: true }]);
      await a.maintain();
      const { record } = (await a.find(tenant, 'big')) as { record: ArchiveRecord };
      await erase(record);
      await a.maintain();
      expect(harness.objects(name)).toEqual([]);
      expect(await rows('object')).toEqual([]);
      expect(await rows('upload')).toEqual([]);
    });

    it('go on after their bytes were read and made an object', async () => {
      const bytes = Buffer.concat([Buffer.from(key), randomBytes(13 * mebibyte)]);
      const half = await sent(await begin('big'), bytes.subarray(0, 6 * mebibyte), 6 * mebibyte);
      expect((await collect(b.uploads.read(half, 0, half.offset))).equals(bytes.subarray(0, half.offset))).toBe(true);
      const upload = await sent(half, bytes, 6 * mebibyte);
      await finish(upload);
      expect(Buffer.from((await b.content(tenant, 'big'))!).equals(bytes)).toBe(true);
    });

    it('V6: take the bytes of only one of two that send them at the same offset', async () => {
      const upload = await begin('big');
      const bodies = [randomBytes(6 * mebibyte), randomBytes(6 * mebibyte)];
      const [first, second] = await Promise.all([
        a.uploads.append(upload, [bodies[0]!], now),
        b.uploads.append(upload, [bodies[1]!], now),
      ]);
      expect([first, second].filter((appended) => appended === undefined)).toHaveLength(1);
      const [winner, body] = first ? [first, bodies[0]!] : [second!, bodies[1]!];
      const more = await a.uploads.append(winner, [Buffer.from('end')], now);
      expect(
        (await collect(b.uploads.read(more!, 0, more!.offset))).equals(Buffer.concat([body, Buffer.from('end')])),
      ).toBe(true);
    });

    it('finish although the answer to the completion of their parts was lost', async () => {
      const bytes = Buffer.concat([Buffer.from(key), randomBytes(6 * mebibyte)]);
      const upload = await sent(await begin('big'), bytes, 6 * mebibyte);
      let lost = 0;
      harness.s3.fault = (request) => (request === 'POST uploadId' && lost++ === 0 ? 'lost-answer' : undefined);
      expect((await finish(upload)).outcome).toBe('stored');
      expect(lost).toBeGreaterThan(1);
      expect(Buffer.from((await b.content(tenant, 'big'))!).equals(bytes)).toBe(true);
    });

    it('leave nothing behind when they are given up', async () => {
      const upload = await sent(await begin('big'), Buffer.alloc(7 * mebibyte), 6 * mebibyte);
      await b.uploads.remove(upload);
      const idle = await sent(await begin('idle'), Buffer.alloc(mebibyte), mebibyte);
      expect(await a.uploads.expire(new Date(now.getTime() + 1))).toBe(1);
      await a.close();
      await a.maintain();
      expect(harness.objects(name)).toEqual([]);
      expect([...harness.s3.bucket.multiparts.values()].filter((one) => one.key.startsWith(`${name}/`))).toEqual([]);
      expect(await rows('object')).toEqual([]);
      expect(await b.uploads.find(tenant, idle.uploadId)).toBeUndefined();
    });
  });
});
