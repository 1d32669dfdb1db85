import type { ArchiveReceipt } from '@llm-memory-graph/contracts';
import { InvalidConfigError, type HttpClient } from '@llm-memory-graph/http';
import type { PreparedFields } from '../entry.ts';
import { IntegrityError } from '../integrity-error.ts';
import type { Sealer } from '../sealer.ts';
import { decodeToken, encodeToken, type ResumeToken } from './resume-token.ts';
import { sameBytes } from './same-bytes.ts';
import { confirmed, sendSealed, unconfirmed, uploadOf } from './send-sealed.ts';
import type { Spool } from './spool.ts';
import {
  callOptions,
  partBytesOf,
  sentPartBytes,
  type ArchiveStreamOptions,
  type ResumeStreamOptions,
  type RetrieveStreamOptions,
} from './stream-options.ts';
import { ArchiveUpload } from './upload.ts';

/** What streaming needs of the client. */
export interface StreamParts {
  readonly http: HttpClient;
  readonly sealer: Sealer | undefined;
  /** The content of an archive that is in the vault. */
  readonly held: (archiveId: string, options: RetrieveStreamOptions) => AsyncIterable<Uint8Array>;
}

type Content = AsyncIterable<Uint8Array>;

/** Seals a stream and sends it; with a spool in two steps, so that the second can be taken up by another process. */
export async function archiveStream(
  parts: StreamParts,
  content: Content,
  entry: PreparedFields,
  options: ArchiveStreamOptions,
): Promise<ArchiveReceipt> {
  const { spool } = options;
  if (spool)
    return resumeStream(parts, await sealToSpool(parts, content, entry, spool, options), { ...options, spool });
  if (options.onToken) throw new InvalidConfigError('onToken needs spool: without it nobody else has the bytes');
  const sealStream = sealStreamOf(parts.sealer);
  const upload = uploadOf(parts.http, entry, options);
  const opened = await upload.open();
  if (!('receipt' in opened)) {
    const sealed = sealStream(content, { archiveId: entry.id, sessionId: entry.sessionId });
    return sendSealed(upload, opened.offset, sealed, entry, options);
  }
  // Archived before, under another key; what the vault holds must open to the same.
  await checkSame(parts, opened.receipt, entry, content, options);
  return opened.receipt;
}

/** Keeps a stream sealed. @returns the token to go on with */
export async function sealToSpool(
  { sealer }: Pick<StreamParts, 'sealer'>,
  content: Content,
  { id: archiveId, sessionId, fields }: PreparedFields,
  spool: Spool,
  { signal, onToken, partBytes }: Pick<ArchiveStreamOptions, 'signal' | 'onToken' | 'partBytes'>,
): Promise<string> {
  partBytesOf({ partBytes }, sentPartBytes);
  const sealed = sealStreamOf(sealer)(content, { archiveId, sessionId });
  const name = crypto.randomUUID();
  const receipt = { digest: '', size: 0 };
  await spool.write(
    name,
    until(sealed, signal, (result) => Object.assign(receipt, result)),
  );
  const token = encodeToken({ name, archiveId, sessionId, fields, ...receipt });
  await onToken?.(token);
  return token;
}

/** Goes on where the vault is, from a token and the spool. */
export async function resumeStream(
  parts: StreamParts,
  token: string,
  options: ResumeStreamOptions,
): Promise<ArchiveReceipt> {
  return sendSpooled(parts, decodeToken(token), options);
}

async function sendSpooled(
  parts: StreamParts,
  token: ResumeToken,
  options: ResumeStreamOptions,
): Promise<ArchiveReceipt> {
  const { name, archiveId, fields, digest, size } = token;
  const partBytes = partBytesOf(options, sentPartBytes);
  const { spool } = options;
  const upload = new ArchiveUpload(parts.http, fields, name, callOptions(options));
  let state = await upload.open();
  while (!('receipt' in state)) {
    const { offset } = state;
    if (offset > size) throw new IntegrityError(archiveId, 'the vault has more bytes than were sealed');
    const end = Math.min(size, offset + partBytes);
    const bytes = await spool.read(name, offset, end);
    state = await upload.send(offset, bytes, end === size ? digest : undefined);
    if (offset === size && !('receipt' in state)) throw unconfirmed(archiveId);
    options.onProgress?.({ bytes: 'receipt' in state ? size : state.offset, total: size });
  }
  const { receipt } = state;
  if (receipt.digest !== digest && receipt.duplicate === true)
    await checkSame(parts, receipt, token, spooledContent(parts, token, spool, partBytes), options);
  else confirmed({ id: archiveId, sessionId: token.sessionId }, receipt, digest);
  await spool.remove(name);
  return receipt;
}

async function checkSame(
  parts: StreamParts,
  receipt: ArchiveReceipt,
  entry: { readonly sessionId: string },
  content: Content,
  options: RetrieveStreamOptions,
): Promise<void> {
  const { archiveId } = receipt;
  const { onProgress: _, ...rest } = options;
  if (receipt.sessionId === entry.sessionId && (await sameBytes(content, parts.held(archiveId, rest)))) return;
  throw new IntegrityError(archiveId, 'the vault holds other content under this id');
}

async function* spooled({ name, size }: ResumeToken, spool: Spool, partBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += partBytes) yield await spool.read(name, at, Math.min(size, at + partBytes));
}

function spooledContent({ sealer }: StreamParts, token: ResumeToken, spool: Spool, partBytes: number): Content {
  const { archiveId, sessionId, digest } = token;
  return openStreamOf(sealer)(spooled(token, spool, partBytes), { archiveId, sessionId }, digest);
}

/** Passes what `source` yields until `signal` aborts; `done` gets what it returns. */
async function* until<T>(
  source: AsyncGenerator<Uint8Array, T, void>,
  signal: AbortSignal | undefined,
  done: (result: T) => void,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await source.next();
      if (next.done === true) {
        done(next.value);
        return;
      }
      yield next.value;
    }
  } finally {
    await source.return(undefined as never);
  }
}

/** @throws {InvalidConfigError} */
export function sealStreamOf(sealer: Sealer | undefined): NonNullable<Sealer['sealStream']> {
  if (sealer?.sealStream) return sealer.sealStream.bind(sealer);
  throw new InvalidConfigError('archiveStream needs a sealer with sealStream: only sealed archives are streamed');
}

/** @throws {InvalidConfigError} */
export function openStreamOf(sealer: Sealer | undefined): NonNullable<Sealer['openStream']> {
  if (sealer?.openStream) return sealer.openStream.bind(sealer);
  throw new InvalidConfigError(
    'this archive was sealed by its client; to stream it, a sealer with openStream is needed',
  );
}
