import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';

/*
 * A second reader of the format, written from docs/format.md and sharing no code with the package: where the two
 * disagree, one of them or the document is wrong. It checks less, and is no example of a safe reader.
 */
const label = (name: string): Buffer => Buffer.from(`llm-memory-graph/sealed-archive/v1/${name}\0`);
const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Buffer {
  let output = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  for (let n = 1; output.length < length; n++) {
    block = createHmac('sha512', prk)
      .update(Buffer.concat([block, info, Buffer.from([n])]))
      .digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
}

function gcm(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

export function decode(
  archive: Uint8Array,
  names: { tenant: string; sessionId: string; archiveId: string },
  keys: Record<string, Uint8Array>,
  dictionary: Uint8Array,
): { content: Buffer; dataKey: Buffer | undefined; derived: object | undefined } {
  const bytes = Buffer.from(archive);
  let at = 0;
  const take = (length: number): Buffer => {
    must(at + length <= bytes.length, 'truncated');
    return bytes.subarray(at, (at += length));
  };

  const fixed = take(81);
  must(fixed.subarray(0, 5).toString('hex') === '894c534101', 'magic and version');
  const [suite, compression, chunkBits, typeLength] = [fixed[5], fixed[6], fixed[7]!, fixed[8]!];
  const dictionaryId = fixed.subarray(9, 17);
  take(typeLength);
  const core = bytes.subarray(0, at);
  const salt = fixed.subarray(57, 81);
  const context = Buffer.concat(
    [names.tenant, names.sessionId, names.archiveId].flatMap((name) => {
      const text = Buffer.from(name);
      return [Buffer.from([text.length >> 8, text.length & 255]), text];
    }),
  );
  must(sha256(label('context'), salt, context).equals(fixed.subarray(25, 57)), 'context');

  const commitment = take(suite === 1 ? 32 : 0);
  const recipients = Array.from({ length: take(1)[0]! }, () => ({
    keyId: take(take(1)[0]!).toString(),
    wrapped: take(take(2).readUInt16BE()),
  }));
  const checked = bytes.subarray(0, at);
  const check = take(32);

  let dataKey: Buffer | undefined;
  let open: (kind: number, counter: number, prefix: Buffer, sealed: Buffer) => Buffer;
  let derived: Record<string, string> | undefined;
  if (suite === 1) {
    const { keyId, wrapped } = recipients.find((recipient) => keys[recipient.keyId])!;
    const id = Buffer.from(keyId);
    const info = Buffer.concat([label('wrap'), wrapped.subarray(0, 24), Buffer.from([id.length]), id, context]);
    const wrap = hkdfExpand(keys[keyId]!, info, 44);
    dataKey = gcm(wrap.subarray(0, 32), wrap.subarray(32), Buffer.alloc(0), wrapped.subarray(24));
    const output = hkdfExpand(dataKey, Buffer.concat([label('payload'), core]), 103);
    const [payloadKey, headerKey] = [output.subarray(0, 32), output.subarray(32, 64)];
    must(output.subarray(64, 96).equals(commitment), 'commitment');
    must(createHmac('sha256', headerKey).update(checked).digest().equals(check), 'check');
    const noncePrefix = output.subarray(96);
    derived = {
      payloadKey: payloadKey.toString('hex'),
      headerKey: headerKey.toString('hex'),
      commitment: commitment.toString('hex'),
      noncePrefix: noncePrefix.toString('hex'),
    };
    open = (kind, counter, prefix, sealed) => {
      const nonce = Buffer.concat([noncePrefix, Buffer.alloc(5)]);
      nonce.writeUInt32BE(counter, 7);
      nonce[11] = kind;
      return gcm(payloadKey, nonce, prefix, sealed);
    };
  } else {
    must(sha256(label('checksum'), checked).equals(check), 'check');
    open = (kind, counter, prefix, sealed) => {
      const place = Buffer.alloc(5);
      place.writeUInt32BE(counter);
      place[4] = kind;
      const body = sealed.subarray(0, -32);
      must(sha256(label('checksum'), core, place, prefix, body).equals(sealed.subarray(-32)), 'checksum');
      return body;
    };
  }

  const expand = (body: Buffer): Buffer => {
    if (compression === 1) {
      if (dictionaryId.every((byte) => byte === 0)) return zstdDecompressSync(body);
      must(sha256(dictionary).subarray(0, 8).equals(dictionaryId), 'dictionary');
      return zstdDecompressSync(body, { dictionary });
    }
    return compression === 2 ? gunzipSync(body) : brotliDecompressSync(body);
  };

  const chunks: Buffer[] = [];
  const prefixes: Buffer[] = [];
  for (let last = false; !last;) {
    const prefix = take(4);
    const word = prefix.readUInt32BE();
    last = word >= 2 ** 31;
    const stored = (word & (2 ** 30)) !== 0;
    const body = open(last ? 1 : 0, prefixes.length, prefix, take(word & (2 ** 30 - 1)));
    chunks.push(stored ? body : expand(body));
    prefixes.push(prefix);
    must(last || chunks.at(-1)!.length === 2 ** chunkBits, 'a chunk is not full');
  }
  const content = Buffer.concat(chunks);
  const declared = fixed.readBigUInt64BE(17);
  must(declared === 2n ** 64n - 1n || declared === BigInt(content.length), 'content size');
  if (prefixes.length > 1) {
    const length = take(4);
    const index = open(2, prefixes.length, length, take(length.readUInt32BE()));
    must(index.readBigUInt64BE() === BigInt(content.length), 'content size in the index');
    must(index.subarray(8).equals(Buffer.concat(prefixes)), 'prefixes in the index');
    must(take(4).equals(length), 'length after the index');
  }
  must(at === bytes.length, 'bytes left over');
  return { content, dataKey, derived };
}
