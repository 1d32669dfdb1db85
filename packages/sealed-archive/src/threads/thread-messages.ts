import { type ArchiveContext } from '../archive-context.ts';
import { type ArchiveErrorCode } from '../archive-error.ts';
import { type ResolvedSealOptions } from '../seal-options.ts';

/** How to seal, but for what differs from archive to archive. */
export type Settings = Omit<ResolvedSealOptions, 'context' | 'keys'>;

/** What a thread is to seal: its bytes are the next ones of the batch, and stand there in this order. */
export interface ThreadJob {
  readonly contentBytes: number;
  /** Of the data key; 0 without encryption. */
  readonly keyBytes: number;
  /** Of the data key as it was wrapped, encoded as in the header. */
  readonly recipientBytes: number;
  readonly context: ArchiveContext;
  /** Index of its settings. */
  readonly settings: number;
}

/** Keys that wrap stay outside: a data key comes into a thread with its wrapped form. */
export interface ToThread {
  readonly batch: number;
  readonly bytes: Uint8Array;
  readonly jobs: readonly ThreadJob[];
  readonly settings: readonly Settings[];
}

/** A sealed archive: its bytes are the next `size` of the batch's. */
export type ThreadResult =
  | { readonly ok: true; readonly digest: string; readonly size: number }
  | { readonly ok: false; readonly code: ArchiveErrorCode | undefined; readonly message: string };

export interface FromThread {
  readonly batch: number;
  readonly bytes: Uint8Array;
  readonly results: readonly ThreadResult[];
}
