import { writeFileSync } from 'node:fs';

import { expand } from '../src/key-derivation.ts';
import {
  type ArchiveErrorCode,
  type KeyProvider,
  localKeyRing,
  openSync,
  isArchiveError,
  type SealOptions,
  sealSync,
  inspect,
} from '../src/index.ts';

/*
 * Writes the test vectors of format version 1: `node scripts/build-vectors.ts && prettier --write vectors`. Data keys and salts are random, so every
 * run gives other bytes: committed vectors stay as they are, and a change that cannot read them is a new version.
 */
const context = { tenant: 'acme', sessionId: 'session-1', archiveId: 'archive-1' };
const kek = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const keys = { 'key-2026': kek(0x11), 'key-eu': kek(0x22) };
const session = Buffer.from('{"messages":[{"role":"user","content":"What is the status of order 1.0?"}]}');
const long = Buffer.from(Array.from({ length: 1500 }, (_, line) => `${line * line}\n`).join(''));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

interface Case {
  readonly name: string;
  readonly content: Uint8Array;
  readonly options: Omit<SealOptions, 'context' | 'keys'>;
  readonly recipients?: readonly string[];
}

const encrypted = ['key-2026'];
const cases: Case[] = [
  { name: 'empty, not compressed', content: Buffer.alloc(0), options: { compression: 'none' }, recipients: encrypted },
  { name: 'one chunk, stored', content: session, options: { compression: 'none' }, recipients: encrypted },
  { name: 'one chunk, zstd', content: long, options: { dictionary: 'none' }, recipients: encrypted },
  {
    name: 'one chunk, zstd, dictionary',
    content: session,
    options: { dictionary: 'structural' },
    recipients: encrypted,
  },
  { name: 'one chunk, gzip', content: long, options: { compression: 'gzip' }, recipients: encrypted },
  { name: 'one chunk, brotli', content: long, options: { compression: 'brotli' }, recipients: encrypted },
  {
    name: 'three chunks, two recipients',
    content: long.subarray(0, 9000),
    options: { dictionary: 'none', chunkBytes: 4096, contentType: 'text/plain' },
    recipients: ['key-2026', 'key-eu'],
  },
  {
    name: 'two full chunks',
    content: long.subarray(0, 8192),
    options: { compression: 'none', chunkBytes: 4096 },
    recipients: encrypted,
  },
  { name: 'not encrypted', content: session, options: { compression: 'none', contentType: 'application/json' } },
  {
    name: 'not encrypted, three chunks',
    content: long.subarray(0, 9000),
    options: { dictionary: 'none', chunkBytes: 4096 },
  },
];

const valid = cases.map(({ name, content, options, recipients }) => {
  let dataKey: Uint8Array | undefined;
  const ring = recipients && localKeyRing({ keys, primary: 'key-2026', recipients });
  const recording: KeyProvider | undefined = ring && {
    wrap(key, where) {
      dataKey = Uint8Array.from(key);
      return ring.wrap(key, where);
    },
    unwrap: (wrapped, where) => ring.unwrap(wrapped, where),
  };
  const { bytes, digest } = sealSync(content, { ...options, context, ...(recording && { keys: recording }) });
  return {
    name,
    context,
    header: inspect(bytes),
    ...(dataKey && { dataKey: hex(dataKey), derived: derived(dataKey, bytes) }),
    content: base64(content),
    digest,
    sealed: base64(bytes),
  };
});

function derived(dataKey: Uint8Array, bytes: Uint8Array): Record<string, string> {
  const coreBytes = 81 + (bytes[8] ?? 0);
  const label = Buffer.from('llm-memory-graph/sealed-archive/v1/payload\0');
  const output = expand(dataKey, Buffer.concat([label, bytes.subarray(0, coreBytes)]), 103);
  return {
    payloadKey: hex(output.subarray(0, 32)),
    headerKey: hex(output.subarray(32, 64)),
    commitment: hex(output.subarray(64, 96)),
    noncePrefix: hex(output.subarray(96, 103)),
  };
}

const original = Buffer.from(valid.find(({ name }) => name === 'three chunks, two recipients')?.sealed ?? '', 'base64');
const { headerBytes } = inspect(original);
const plain = Buffer.from(valid.find(({ name }) => name === 'not encrypted')?.sealed ?? '', 'base64');

function edited(bytes: Uint8Array, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
}

const invalid = (
  [
    ['no archive', Buffer.from('PK\u0003\u0004 not an archive'), 'corrupt'],
    ['no bytes', Buffer.alloc(0), 'truncated'],
    ['another format version', edited(original, 4, 2), 'unsupported_version'],
    ['another cipher suite', edited(original, 5, 9), 'unsupported_version'],
    ['another compression', edited(original, 6, 9), 'unsupported_version'],
    ['the context digest changed', edited(original, 25, (original[25] ?? 0) ^ 1), 'context_mismatch'],
    ['the content size changed', edited(original, 24, (original[24] ?? 0) ^ 1), 'corrupt'],
    ['the header check changed', edited(original, headerBytes - 1, (original[headerBytes - 1] ?? 0) ^ 1), 'corrupt'],
    ['the first chunk changed', edited(original, headerBytes + 4, (original[headerBytes + 4] ?? 0) ^ 1), 'corrupt'],
    [
      'the first chunk marked as the last',
      edited(original, headerBytes, (original[headerBytes] ?? 0) | 0x80),
      'corrupt',
    ],
    ['the index changed', edited(original, -10, (original.at(-10) ?? 0) ^ 1), 'corrupt'],
    ['cut in the header', original.subarray(0, 100), 'truncated'],
    ['cut before the index', original.subarray(0, -60), 'truncated'],
    ['a byte too many', Buffer.concat([original, Buffer.alloc(1)]), 'corrupt'],
    ['not encrypted, though keys are given', plain, 'not_encrypted'],
  ] satisfies [string, Uint8Array, ArchiveErrorCode][]
).map(([name, bytes, code]) => {
  try {
    openSync(bytes, { context, keys: localKeyRing({ keys, primary: 'key-2026' }) });
  } catch (error) {
    if (isArchiveError(error) && error.code === code) return { name, context, code, sealed: base64(bytes) };
    throw error;
  }
  throw new Error(`"${name}" opened`);
});

const keyHex = Object.fromEntries(Object.entries(keys).map(([keyId, key]) => [keyId, hex(key)]));
for (const [file, vectors] of Object.entries({ valid, invalid }))
  writeFileSync(
    new URL(`../vectors/${file}.json`, import.meta.url),
    `${JSON.stringify({ formatVersion: 1, keys: keyHex, vectors }, undefined, 2)}\n`,
  );
