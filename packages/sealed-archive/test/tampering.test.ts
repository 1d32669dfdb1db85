import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  generateKey,
  inspect,
  isArchiveError,
  localKeyRing,
  open,
  openChunks,
  openRandomAccess,
  openSync,
  rewrap,
  sealSync,
} from '../src/index.ts';
import { codeOf } from './code-of.ts';
import { collect, pieces } from './pieces.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const kek = { a: generateKey(), b: generateKey() };
const keys = localKeyRing({ keys: kek, primary: 'a', recipients: ['a', 'b'] });
const text = new TextEncoder().encode('{"messages":[{"role":"user","content":"hello"}]}');
const chunked = new Uint8Array(randomBytes(3 * 4096 + 100));

const archives = [
  { name: 'small and encrypted', options: { context, keys }, content: text },
  { name: 'small and not encrypted', options: { context }, content: text },
  { name: 'chunked and encrypted', options: { context, keys, chunkBytes: 4096 }, content: chunked },
  { name: 'chunked and not encrypted', options: { context, chunkBytes: 4096 }, content: chunked },
].map(({ name, options, content }) => ({ name, options, sealed: sealSync(content, options).bytes }));

describe.each(archives)('$name', ({ options, sealed }) => {
  it('V2 finds a flipped bit in every byte', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      expectArchiveError(() => openSync(changed, options), `byte ${at}`);
    }
  });

  it('V2 finds every byte of the header set to any value', () => {
    const { headerBytes } = inspect(sealed);
    const changed = Uint8Array.from(sealed);
    for (let at = 0; at < headerBytes; at++) {
      const original = sealed[at]!;
      for (const value of [0, 1, original ^ 0x80, original + 1, original - 1, 0x7f, 0xff].map((byte) => byte & 0xff)) {
        if (value === original) continue;
        changed[at] = value;
        expectArchiveError(() => openSync(changed, options), `byte ${at} = ${value}`);
      }
      changed[at] = original;
    }
  });

  it('V2 finds a cut after every byte, and a byte too many', () => {
    for (let length = 0; length < sealed.length; length++) {
      const error = expectArchiveError(() => openSync(sealed.subarray(0, length), options), `length ${length}`);
      expect(error.code, `length ${length}`).toBe('truncated');
    }
    expectArchiveError(() => openSync(Uint8Array.from([...sealed, 0]), options), 'one byte more');
  });

  it('V2 streams and ranges find them too', async () => {
    const stride = Math.ceil(sealed.length / 150);
    for (let at = 0; at < sealed.length; at += stride) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      await codeOf(() => collect(openChunks(pieces(changed, 1000), options)));
      await codeOf(() => collect(openChunks(pieces(sealed.subarray(0, at), 1000), options)));
      await codeOf(() => openAll(sealed.subarray(0, at), options));
    }
  });
});

describe('parts of archives in other places', () => {
  const options = { context, keys, chunkBytes: 4096 };
  const one = sealSync(chunked, options).bytes;
  const two = sealSync(chunked, options).bytes;
  const { headerBytes } = inspect(one);
  const frameBytes = 4 + 4096 + 16;
  const frame = (bytes: Uint8Array, index: number): Uint8Array =>
    bytes.subarray(headerBytes + index * frameBytes, headerBytes + (index + 1) * frameBytes);

  it('is laid out as this test believes', () => {
    expect(new DataView(frame(one, 2).buffer, frame(one, 2).byteOffset).getUint32(0) & 0x3fff_ffff).toBe(4096 + 16);
  });

  it('V2 finds two chunks exchanged', () => {
    const swapped = Uint8Array.from(one);
    swapped.set(frame(one, 1), headerBytes);
    swapped.set(frame(one, 0), headerBytes + frameBytes);
    expect(expectArchiveError(() => openSync(swapped, options), 'swap').code).toBe('corrupt');
  });

  it('V2 finds a chunk dropped, doubled, or taken from another archive of the same session', () => {
    const [a, b] = [headerBytes + frameBytes, headerBytes + 2 * frameBytes];
    const dropped = Buffer.concat([one.subarray(0, a), one.subarray(b)]);
    const doubled = Buffer.concat([one.subarray(0, b), one.subarray(a)]);
    const spliced = Buffer.concat([one.subarray(0, a), two.subarray(a)]);
    const foreign = Buffer.concat([one.subarray(0, a), frame(two, 1), one.subarray(b)]);
    for (const changed of [dropped, doubled, spliced, foreign])
      expect(expectArchiveError(() => openSync(changed, options), 'splice').code).toBe('corrupt');
  });

  it('V2 finds a header exchanged, and a last chunk passed off as all there is', () => {
    const exchanged = Buffer.concat([one.subarray(0, headerBytes), two.subarray(headerBytes)]);
    expect(expectArchiveError(() => openSync(exchanged, options), 'header').code).toBe('corrupt');
    const firstAsLast = Uint8Array.from(one.subarray(0, headerBytes + frameBytes));
    firstAsLast[headerBytes]! |= 0x80;
    expect(expectArchiveError(() => openSync(firstAsLast, options), 'last').code).toBe('corrupt');
  });

  it('V2 finds recipients added, dropped or exchanged without the data key', async () => {
    const small = sealSync(text, { context, keys }).bytes;
    const onlyB = await rewrap(small, { context, from: keys, to: localKeyRing({ keys: { b: kek.b }, primary: 'b' }) });
    const tableOfOther = Buffer.concat([
      onlyB.bytes.subarray(0, inspect(onlyB.bytes).headerBytes - 32),
      small.subarray(inspect(small).headerBytes - 32),
    ]);
    expect(expectArchiveError(() => openSync(tableOfOther, { context, keys }), 'table').code).toBe('corrupt');
  });
});

describe('keys and contexts', () => {
  const { bytes } = sealSync(text, { context, keys });

  it('V2 a wrong key of the right name is wrong_key, another name unknown_key, none key_required', async () => {
    const wrong = localKeyRing({ keys: { a: generateKey(), b: generateKey() }, primary: 'a' });
    const other = localKeyRing({ keys: { c: generateKey() }, primary: 'c' });
    expect(await codeOf(() => open(bytes, { context, keys: wrong }))).toBe('wrong_key');
    expect(await codeOf(() => open(bytes, { context, keys: other }))).toBe('unknown_key');
    expect(await codeOf(() => open(bytes, { context }))).toBe('key_required');
  });

  it.each(['tenant', 'sessionId', 'archiveId'] as const)('V4 another %s is context_mismatch', async (field) => {
    const other = { ...context, [field]: 'other' };
    expect(await codeOf(() => open(bytes, { context: other, keys }))).toBe('context_mismatch');
    expect(await codeOf(() => open(sealSync(text, { context }).bytes, { context: other }))).toBe('context_mismatch');
    const [wrapped] = keys.wrap(generateKey(), context);
    expect(await codeOf(() => keys.unwrap([wrapped!], other))).toBe('wrong_key');
  });

  it('V4 fields that run together are different contexts', async () => {
    const shifted = { tenant: 'acmes', sessionId: '-1', archiveId: 'a-1' };
    expect(await codeOf(() => open(bytes, { context: shifted, keys }))).toBe('context_mismatch');
  });

  it('V2 an archive without encryption does not pass where keys are expected', async () => {
    const plain = sealSync(text, { context }).bytes;
    expect(await codeOf(() => open(plain, { context, keys }))).toBe('not_encrypted');
    expect(await open(plain, { context, keys, allowUnencrypted: true })).toEqual(text);
    expect(await codeOf(() => rewrap(plain, { context, from: keys, to: keys }))).toBe('not_encrypted');
  });

  it('V3 every archive has its own data key and salt', () => {
    expect(sealSync(text, { context, keys }).digest).not.toBe(sealSync(text, { context, keys }).digest);
  });

  it('V3 the header commits to one data key: a provider that unwraps another one is found out', async () => {
    const lying = { ...keys, unwrap: () => generateKey() };
    expect(await codeOf(() => open(bytes, { context, keys: lying }))).toBe('corrupt');
    const short = { ...keys, unwrap: () => new Uint8Array(16) };
    expect(await codeOf(() => open(bytes, { context, keys: short }))).toBe('wrong_key');
  });

  it('V3 rewrapping keeps every byte of the payload, and the old recipients lose the new archive', async () => {
    const next = keys.rotate('c', generateKey());
    const again = await rewrap(bytes, { context, from: keys, to: next });
    const payload = (archive: Uint8Array) => archive.subarray(inspect(archive).headerBytes);
    expect(payload(again.bytes)).toEqual(payload(bytes));
    expect(again).toMatchObject({ keyIds: ['c'], contentSize: text.length, size: again.bytes.length });
    expect(await open(again.bytes, { context, keys: next })).toEqual(text);
    expect(await codeOf(() => open(again.bytes, { context, keys }))).toBe('unknown_key');
    expect(await codeOf(() => rewrap(bytes, { context: { ...context, tenant: 'x' }, from: keys, to: next }))).toBe(
      'context_mismatch',
    );
  });
});

function expectArchiveError(run: () => unknown, what: string): { code: string } {
  try {
    run();
  } catch (error) {
    if (isArchiveError(error)) return error;
    throw new Error(`${what}: not an ArchiveError`, { cause: error });
  }
  throw new Error(`${what}: opened`);
}

async function openAll(bytes: Uint8Array, options: Parameters<typeof openRandomAccess>[1]): Promise<Uint8Array> {
  const source = { size: bytes.length, read: (at: number, length: number) => bytes.subarray(at, at + length) };
  return (await openRandomAccess(source, options)).read();
}
