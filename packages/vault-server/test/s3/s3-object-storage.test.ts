import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { s3ObjectStorage } from '../../src/scale-out/s3-object-storage.ts';
import { type ObjectStorage } from '../../src/scale-out/object-storage.ts';
import { fakeBucketName, startFakeS3, type FakeS3, type Fault } from './fake-s3.ts';
import { clientOf } from './test-client.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const tomorrow = new Date(Date.now() + 86_400_000);
const later = new Date(Date.now() + 2 * 86_400_000 + 1);
const mebibytes = (count: number, fill: number): Uint8Array => new Uint8Array(count * 2 ** 20).fill(fill);

describe('s3ObjectStorage', () => {
  let s3: FakeS3;
  let client: S3Client;
  let storage: ObjectStorage;

  beforeEach(async () => {
    s3 = await startFakeS3();
    client = clientOf(s3);
    storage = s3ObjectStorage({ client, bucket: fakeBucketName });
  });
  afterEach(async () => {
    client.destroy();
    await s3.stop();
  });

  const read = async (key: string, start: number, end: number): Promise<number[]> => {
    const found: number[] = [];
    for await (const piece of storage.read(key, start, end)) found.push(...piece);
    return found;
  };
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of storage.list()) found.push(key);
    return found.sort();
  };
  /** Lets the first `times` requests of a name fail. */
  const fail = (name: string, fault: Fault, times = Infinity): void => {
    let left = times;
    s3.fault = (request) => (request === name && left-- > 0 ? fault : undefined);
  };

  it('keeps objects and gives ranges of them', async () => {
    await storage.put('a', bytes(1, 2, 3, 4));
    await storage.put('b c/ü', bytes(9));
    expect(await read('a', 0, 4)).toEqual([1, 2, 3, 4]);
    expect(await read('a', 1, 3)).toEqual([2, 3]);
    expect([await storage.size('b c/ü'), await storage.size('none')]).toEqual([1, undefined]);
    expect([...s3.bucket.objects.keys()].sort()).toEqual(['vault/a', 'vault/b c/ü']);
    await expect(read('a', 2, 9)).rejects.toThrow('has 2 bytes');
  });

  it('lists under its prefix, hidden versions too', async () => {
    s3.maxKeys = 2;
    for (let i = 0; i < 5; i++) await storage.put(`k-${i}`, bytes(i));
    s3.bucket.delete('vault/k-0');
    s3.bucket.put('other/k', bytes(1));
    expect(new Set(await keys())).toEqual(new Set(['k-0', 'k-1', 'k-2', 'k-3', 'k-4']));
  });

  it('removes every version, also behind a marker and of a repeated write', async () => {
    await storage.put('a', bytes(1));
    await storage.put('a', bytes(1));
    s3.bucket.delete('vault/a');
    await storage.put('ab', bytes(2));
    expect(await storage.remove('a')).toBe(true);
    expect(await storage.remove('a')).toBe(true);
    expect(await keys()).toEqual(['ab']);
  });

  it('makes one object of parts, also when the answer to the completion was lost', async () => {
    for (const fault of [undefined, 'lost-answer', 'error-in-200'] as const) {
      const key = `parts-${String(fault)}`;
      const id = await storage.beginParts(key);
      const parts = [
        await storage.putPart(key, id, 2, mebibytes(5, 1)),
        await storage.putPart(key, id, 7, bytes(2, 3)),
      ];
      if (fault) fail('POST uploadId', fault, 1);
      await storage.completeParts(key, id, parts, 5 * 2 ** 20 + 2);
      expect(await read(key, 5 * 2 ** 20 - 1, 5 * 2 ** 20 + 2)).toEqual([1, 2, 3]);
    }
  });

  it('refuses parts that are too small, wrong or gone', async () => {
    const id = await storage.beginParts('a');
    const small = [await storage.putPart('a', id, 1, bytes(1)), await storage.putPart('a', id, 2, bytes(2))];
    await expect(storage.completeParts('a', id, small, 2)).rejects.toThrow('EntityTooSmall');
    await expect(storage.completeParts('a', id, [{ number: 1, etag: '"x"' }], 1)).rejects.toThrow('InvalidPart');
    expect(await listed()).toEqual([`a ${id}`]);
    await storage.abortParts('a', id);
    await storage.abortParts('a', id);
    expect(await listed()).toEqual([]);
    await expect(storage.completeParts('a', id, small.slice(1), 1)).rejects.toThrow('has no bytes');
    await expect(storage.putPart('a', id, 3, bytes(1))).rejects.toThrow('NoSuchUpload');
  });

  const listed = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key, partsId } of storage.listParts()) found.push(`${key} ${partsId}`);
    return found;
  };

  it('locks objects that are there, only ever longer and stronger, and cannot remove them then', async () => {
    await storage.put('a', bytes(1));
    await storage.lock('a', { mode: 'governance', until: tomorrow });
    await storage.lock('a', { mode: 'governance', until: new Date(tomorrow.getTime() - 1000) });
    await storage.lock('a', { mode: 'compliance', until: tomorrow });
    await storage.lock('a', { mode: 'governance', until: later });
    const [version] = s3.bucket.objects.get('vault/a')!;
    expect(version!.retention!.mode).toBe('COMPLIANCE');
    expect(version!.retention!.until >= later).toBe(true);
    expect(await storage.remove('a')).toBe(false);
    expect(await read('a', 0, 1)).toEqual([1]);
    s3.bucket.now = () => new Date(later.getTime() + 1000);
    expect(await storage.remove('a')).toBe(true);
  });

  it('holds objects until it lets go', async () => {
    await storage.put('a', bytes(1));
    await storage.hold('a', true);
    await storage.hold('a', true);
    expect(await storage.remove('a')).toBe(false);
    await storage.hold('a', false);
    expect(await storage.remove('a')).toBe(true);
  });

  it('does not take a lock for granted: headers on the creation are ignored, and so may be the request', async () => {
    const headers = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: tomorrow } as const;
    await client.send(new PutObjectCommand({ Bucket: fakeBucketName, Key: 'vault/a', Body: bytes(1), ...headers }));
    expect(s3.bucket.objects.get('vault/a')![0]!.retention).toBeUndefined();
    s3.forgetsLocks = true;
    await expect(storage.lock('a', { mode: 'compliance', until: tomorrow })).rejects.toThrow(
      'does not keep a compliance lock',
    );
    await expect(storage.hold('a', true)).rejects.toThrow('does not keep a legal hold');
  });

  it('tries again when the storage asks to slow down, and says 503 when that does not help', async () => {
    fail('PUT object', 'slow-down', 2);
    await storage.put('a', bytes(1));
    fail('PUT object', 'slow-down');
    await expect(storage.put('b', bytes(1))).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    fail('GET object', 'slow-down');
    await expect(read('a', 0, 1)).rejects.toMatchObject({ status: 503 });
    await s3.stop();
    await expect(storage.put('c', bytes(1))).rejects.toMatchObject({ status: 503 });
    s3 = await startFakeS3();
  });

  it('never takes a part of a body for all of it', async () => {
    await storage.put('a', mebibytes(1, 1));
    fail('GET object', 'cut-body');
    await expect(read('a', 0, 2 ** 20)).rejects.toMatchObject({ status: 503 });
  });

  it('is refused with wrong credentials', async () => {
    const stranger = clientOf({ ...s3, credentials: { ...s3.credentials, secretAccessKey: 'wrong' } });
    await expect(s3ObjectStorage({ client: stranger, bucket: fakeBucketName }).put('a', bytes(1))).rejects.toThrow(
      'SignatureDoesNotMatch',
    );
    await expect(stranger.send(new HeadObjectCommand({ Bucket: 'x', Key: 'y' }))).rejects.toThrow();
    stranger.destroy();
  });

  it('refuses a bad option by name and value', () => {
    expect(() => s3ObjectStorage({ client, bucket: '' })).toThrow('`bucket` must name a bucket, got ""');
    expect(() => s3ObjectStorage({ client, bucket: 'b', prefix: 'x' })).toThrow(
      '`prefix` must be empty or end with a slash, got "x"',
    );
  });
});
