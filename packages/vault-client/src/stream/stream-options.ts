import type { CallOptions } from '@llm-memory-graph/http';
import { InvalidConfigError } from '@llm-memory-graph/http';
import type { ArchiveInput } from '../entry.ts';
import type { Spool } from './spool.ts';

/** A session to archive from a stream: everything about it but its data. */
export type StreamInput = Omit<ArchiveInput, 'data' | 'dataJson'>;

/** How far a stream is. */
export interface Progress {
  /** Sealed bytes that passed: durable in the vault, or come from it. */
  readonly bytes: number;
  /** Sealed bytes in all, once that is known. */
  readonly total: number | undefined;
}

/** Per call of `retrieveStream`. */
export interface RetrieveStreamOptions extends Omit<CallOptions, 'idempotencyKey' | 'cache'> {
  /**
   * Bytes in one request; what a retry repeats at most, and what is held in memory.
   *
   * @default 2 MiB for what is read, 8 MiB for what is sent
   */
  readonly partBytes?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Per call of `resumeArchiveStream`. */
export interface ResumeStreamOptions extends RetrieveStreamOptions {
  /** Where `archiveStream` put the sealed bytes. */
  readonly spool: Spool;
}

/** Per call of `archiveStream`. */
export interface ArchiveStreamOptions extends RetrieveStreamOptions {
  /** Holds the sealed bytes until they are archived, so that another process can go on. @default none: no token */
  readonly spool?: Spool | undefined;
  /** Gets the token, once, before the first byte is sent; awaited, so keep it durably here. Needs `spool`. */
  readonly onToken?: ((token: string) => void | Promise<void>) | undefined;
}

const mebibyte = 1024 * 1024;

/** A range that is read becomes garbage several times over, until it is content: small ones keep memory low. */
export const readPartBytes = 2 * mebibyte;

/** A part that is sent is synced by the vault before the next one: large ones cost few syncs. */
export const sentPartBytes = 8 * mebibyte;

/** @throws {InvalidConfigError} */
export function partBytesOf({ partBytes }: RetrieveStreamOptions, standard: number): number {
  if (partBytes === undefined) return standard;
  if (Number.isSafeInteger(partBytes) && partBytes >= 1) return partBytes;
  throw new InvalidConfigError(`partBytes must be an integer >= 1, got ${String(partBytes)}`);
}

/** What of the options goes along with every request of a stream. */
export function callOptions(options: RetrieveStreamOptions): CallOptions {
  const { signal, timeoutMs, deadlineMs, headers, onAnswer } = options;
  return { signal, timeoutMs, deadlineMs, headers, onAnswer, cache: false };
}
