import type { ArchiveReceipt } from '@llm-memory-graph/contracts';
import type { HttpClient } from '@llm-memory-graph/http';
import type { PreparedFields } from '../entry.ts';
import { IntegrityError } from '../integrity-error.ts';
import type { SealedStream } from '../sealer.ts';
import { partsOf } from './parts.ts';
import {
  callOptions,
  partBytesOf,
  sentPartBytes,
  type RetrieveStreamOptions,
  type StreamInput,
} from './stream-options.ts';
import { ArchiveUpload } from './upload.ts';

/** A sealed archive of any size, on its way from one vault to another. */
export interface SealedArchive {
  /** Everything about it but its content. */
  readonly entry: StreamInput & { readonly id: string };
  /** `sha256:<hex>` of its sealed bytes. */
  readonly digest: string;
  /** The sealed bytes, to be read once. */
  readonly content: SealedStream;
}

/** Sends bytes that are sealed, whatever their number. */
export async function archiveSealedStream(
  http: HttpClient,
  sealed: SealedStream,
  entry: PreparedFields,
  options: RetrieveStreamOptions,
): Promise<ArchiveReceipt> {
  try {
    const upload = uploadOf(http, entry, options);
    const opened = await upload.open();
    if (!('receipt' in opened)) return await sendSealed(upload, opened.offset, sealed, entry, options);
    let next = await sealed.next();
    while (next.done !== true) next = await sealed.next();
    if (opened.receipt.digest === next.value.digest) return opened.receipt;
    throw new IntegrityError(entry.id, 'the vault holds other sealed bytes under this id');
  } finally {
    await sealed.return(undefined as never);
  }
}

/** @throws {InvalidConfigError} before anything is sent */
export function uploadOf(http: HttpClient, { fields }: PreparedFields, options: RetrieveStreamOptions): ArchiveUpload {
  partBytesOf(options, sentPartBytes);
  return new ArchiveUpload(http, fields, crypto.randomUUID(), callOptions(options));
}

/** Sends all that is sealed, from `offset`. A call that fails leaves nothing behind. */
export async function sendSealed(
  upload: ArchiveUpload,
  from: number,
  sealed: SealedStream,
  entry: PreparedFields,
  options: RetrieveStreamOptions,
): Promise<ArchiveReceipt> {
  let offset = from;
  try {
    for await (const { bytes, last } of partsOf(sealed, partBytesOf(options, sentPartBytes))) {
      const end = offset + bytes.length;
      do {
        const state = await upload.send(offset, bytes.subarray(bytes.length - (end - offset)), last?.digest);
        if ('receipt' in state) {
          options.onProgress?.({ bytes: end, total: end });
          return confirmed(entry, state.receipt, last?.digest);
        }
        if (last && offset === end) throw unconfirmed(entry.id);
        offset = state.offset;
        if (offset > end) throw new IntegrityError(entry.id, 'the vault has more bytes than were sent');
        options.onProgress?.({ bytes: offset, total: last?.size });
        // The last bytes may have arrived without the word that they were the last.
      } while (offset < end || last);
    }
  } catch (error) {
    // Nobody can go on with it: what was not sent is gone with this call.
    await upload.cancel().catch(() => undefined);
    throw error;
  }
  throw unconfirmed(entry.id);
}

export function unconfirmed(archiveId: string): IntegrityError {
  return new IntegrityError(archiveId, 'the vault took all bytes and confirmed nothing');
}

export function confirmed(
  { id, sessionId }: Pick<PreparedFields, 'id' | 'sessionId'>,
  receipt: ArchiveReceipt,
  digest: string | undefined,
): ArchiveReceipt {
  if (receipt.archiveId !== id || receipt.sessionId !== sessionId)
    throw new IntegrityError(id, 'the receipt is for another archive');
  if (digest === undefined || receipt.digest !== digest)
    throw new IntegrityError(id, 'the vault confirmed another digest than that of the bytes sent');
  return receipt;
}
