import { type InsertResult, type NewRecordAndEvent } from './archive-store.ts';

/** An upload as the client opens it. */
export interface NewUpload {
  readonly tenant: string;
  readonly uploadId: string;
  /** The client's name of the operation; the same key is the same upload. */
  readonly key: string;
  readonly archiveId: string;
  /** JSON text that says what the archive will be. */
  readonly entry: string;
  /** Bytes in all, `null` while the client does not know. */
  readonly length: number | null;
  /** When something last happened to it. */
  readonly activeAt: Date;
}

/** An upload as the store holds it. */
export interface Upload extends NewUpload {
  /** Bytes that are durable. */
  readonly offset: number;
  /** True once it became an archive. */
  readonly completed: boolean;
}

export type BeginResult =
  { readonly outcome: 'begun' | 'known'; readonly upload: Upload } | { readonly outcome: 'full' };

/** What an upload becomes. */
export interface UploadedArchive extends NewRecordAndEvent {
  /** The first bytes, up to the end of the header with the wrapped data key. */
  readonly head: Uint8Array;
}

/**
 * The port to whatever keeps archives while they arrive. A promise of a change resolves only when the change is
 * durable. One caller at a time works on an upload; the server sees to that.
 *
 * Every adapter passes the suite in `test/upload-store-contract.ts`.
 */
export interface UploadStore {
  /** Opens an upload, or gives the one that has its key; `full` when the tenant has `maxOpen` that are not completed. */
  begin(upload: NewUpload, maxOpen: number): Promise<BeginResult>;
  find(tenant: string, uploadId: string): Promise<Upload | undefined>;
  /** Puts `pieces` behind `upload.offset`; `undefined` when the upload is not as given any more. */
  append(upload: Upload, pieces: readonly Uint8Array[], at: Date): Promise<Upload | undefined>;
  /** The bytes from `start` to before `end`, in pieces. */
  read(upload: Upload, start: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * Turns the upload into an archive in one durable step. An archive id that is held or was deleted is told as such and
   * left alone; the bytes are dropped then. Either way the upload is completed.
   */
  finish(upload: Upload, archive: UploadedArchive): Promise<InsertResult>;
  /** Drops an upload that is not completed, and its bytes. */
  remove(upload: Upload): Promise<void>;
  /** Drops all that were not active since, completed ones too; their archives stay. Gives how many were not completed. */
  expire(before: Date): Promise<number>;
}
