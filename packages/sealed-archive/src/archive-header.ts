import { ArchiveError } from './archive-error.ts';
import { byteReader } from './byte-reader.ts';
import { type WrappedKey } from './key-provider.ts';

/*
 * The header, all integers big-endian (docs/format.md is the norm):
 *
 *   core:        magic 4 | version 1 | suite 1 | compression 1 | log2 chunk size 1 | content type length n 1
 *                | dictionary id 8 | content size 8 | context digest 32 | salt 24 | content type n
 *   commitment:  32 bytes, only when encrypted
 *   recipients:  count 1 | count x (key id length 1 | key id | wrapped length 2 | wrapped)
 *   check:       32 bytes over everything before it
 *
 * The core never changes; `rewrap` exchanges the recipients and the check.
 */
const magic = Buffer.from([0x89, 0x4c, 0x53, 0x41]);
const formatVersion = 1;
const unknownSize = 0xffff_ffff_ffff_ffffn;
const digestBytes = 32;
const saltBytes = 24;
const dictionaryIdBytes = 8;

export const maxHeaderBytes = 256 * 1024;
export const maxRecipients = 32;
export const maxWrappedBytes = 4096;
export const minChunkBits = 12;
export const maxChunkBits = 24;

const ciphers = ['none', 'aes-256-gcm'] as const;
const compressions = ['none', 'zstd', 'gzip', 'brotli'] as const;
const noDictionary = '0000000000000000';
const octetStream = 'application/octet-stream';

export type Cipher = (typeof ciphers)[number];
export type Compression = (typeof compressions)[number];

/** What an archive says about itself without any key. It is only proven once the archive was opened. */
export interface ArchiveHeader {
  readonly version: number;
  readonly cipher: Cipher;
  readonly compression: Compression;
  /** The zstd dictionary that opening needs: 16 hexadecimal digits, or `undefined` for none. */
  readonly dictionaryId: string | undefined;
  /** The media type given when sealing. */
  readonly contentType: string;
  /** Bytes of content; `undefined` when a stream of undeclared length was sealed. */
  readonly contentSize: number | undefined;
  /** Bytes of content in each chunk but the last. */
  readonly chunkBytes: number;
  /** The names of the keys that the data key is wrapped for; empty when not encrypted. */
  readonly keyIds: readonly string[];
  /** Bytes of the header itself: the payload starts here. */
  readonly headerBytes: number;
}

/** The part of the header that is fixed when the archive is sealed. */
export interface HeaderCore extends Omit<ArchiveHeader, 'version' | 'keyIds' | 'headerBytes'> {
  readonly contextDigest: Uint8Array;
  readonly salt: Uint8Array;
}

export interface ParsedHeader extends HeaderCore {
  readonly version: number;
  readonly headerBytes: number;
  readonly core: Uint8Array;
  readonly commitment: Uint8Array;
  readonly recipients: readonly WrappedKey[];
  /** What `check` is over. */
  readonly checked: Uint8Array;
  readonly check: Uint8Array;
}

export function encodeCore(header: HeaderCore): Buffer {
  const contentType = Buffer.from(header.contentType === octetStream ? '' : header.contentType, 'utf8');
  const fixed = Buffer.alloc(25);
  magic.copy(fixed);
  fixed.set(
    [
      formatVersion,
      ciphers.indexOf(header.cipher),
      compressions.indexOf(header.compression),
      Math.log2(header.chunkBytes),
      contentType.length,
    ],
    4,
  );
  fixed.write(header.dictionaryId ?? noDictionary, 9, 'hex');
  fixed.writeBigUInt64BE(header.contentSize === undefined ? unknownSize : BigInt(header.contentSize), 17);
  return Buffer.concat([fixed, header.contextDigest, header.salt, contentType]);
}

export function encodeRecipients(recipients: readonly WrappedKey[]): Buffer {
  const parts: Uint8Array[] = [Uint8Array.of(recipients.length)];
  for (const { keyId, wrapped } of recipients) {
    const id = Buffer.from(keyId, 'utf8');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(wrapped.length);
    parts.push(Uint8Array.of(id.length), id, length, wrapped);
  }
  return Buffer.concat(parts);
}

/**
 * Reads the header at the start of `bytes`.
 *
 * @throws ArchiveError `truncated` when `bytes` end inside it, `unsupported_version`, `corrupt`
 */
export function parseHeader(bytes: Uint8Array): ParsedHeader {
  const reader = byteReader(bytes.length > maxHeaderBytes ? bytes.subarray(0, maxHeaderBytes) : bytes);
  const start = bytes.subarray(0, magic.length);
  if (!magic.subarray(0, start.length).equals(start)) throw new ArchiveError('corrupt', 'not a sealed archive');
  reader.take(magic.length);
  const version = reader.uint8();
  if (version !== formatVersion)
    throw new ArchiveError('unsupported_version', `unsupported archive format version ${version}`);
  const cipher = named(ciphers, reader.uint8(), 'cipher suite');
  const compression = named(compressions, reader.uint8(), 'compression');
  const chunkBits = reader.uint8();
  if (chunkBits < minChunkBits || chunkBits > maxChunkBits)
    throw new ArchiveError('corrupt', `the chunk size 2^${chunkBits} is out of range`);
  const contentTypeBytes = reader.uint8();
  const dictionary = reader.take(dictionaryIdBytes);
  const dictionaryId = dictionary.some((byte) => byte !== 0) ? Buffer.from(dictionary).toString('hex') : undefined;
  if (dictionaryId !== undefined && compression !== 'zstd')
    throw new ArchiveError('corrupt', `a dictionary does not go with compression "${compression}"`);
  const contentSize = sizeOf(reader.uint64());
  const contextDigest = reader.take(digestBytes);
  const salt = reader.take(saltBytes);
  const contentType = reader.text(contentTypeBytes) || octetStream;
  const core = bytes.subarray(0, reader.offset);
  const commitment = reader.take(cipher === 'none' ? 0 : digestBytes);
  const recipients = readRecipients(reader, cipher);
  const checked = bytes.subarray(0, reader.offset);
  const check = reader.take(digestBytes);
  return {
    version,
    cipher,
    compression,
    dictionaryId,
    contentType,
    contentSize,
    chunkBytes: 2 ** chunkBits,
    contextDigest,
    salt,
    core,
    commitment,
    recipients,
    checked,
    check,
    headerBytes: reader.offset,
  };
}

/** What a header tells everyone. */
export function publicHeader(header: ParsedHeader): ArchiveHeader {
  const { version, cipher, compression, dictionaryId, contentType, contentSize, chunkBytes, headerBytes } = header;
  const keyIds = header.recipients.map(({ keyId }) => keyId);
  return { version, cipher, compression, dictionaryId, contentType, contentSize, chunkBytes, keyIds, headerBytes };
}

function readRecipients(reader: ReturnType<typeof byteReader>, cipher: Cipher): WrappedKey[] {
  const count = reader.uint8();
  if (cipher === 'none' ? count !== 0 : count < 1 || count > maxRecipients)
    throw new ArchiveError('corrupt', `an archive with cipher "${cipher}" cannot have ${count} wrapped keys`);
  const recipients: WrappedKey[] = [];
  for (let index = 0; index < count; index++) {
    const keyId = reader.text(reader.uint8());
    const wrapped = reader.take(reader.uint16());
    if (keyId === '' || wrapped.length < 1 || wrapped.length > maxWrappedBytes)
      throw new ArchiveError('corrupt', `wrapped key ${index} is malformed`);
    recipients.push({ keyId, wrapped });
  }
  return recipients;
}

function named<Names extends readonly string[]>(names: Names, index: number, what: string): Names[number] {
  const name = names[index];
  if (name === undefined) throw new ArchiveError('unsupported_version', `unsupported ${what} ${index}`);
  return name;
}

function sizeOf(size: bigint): number | undefined {
  if (size === unknownSize) return undefined;
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new ArchiveError('corrupt', 'the content size is out of range');
  return Number(size);
}
