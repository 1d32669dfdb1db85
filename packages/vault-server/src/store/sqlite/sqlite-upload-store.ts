import { settled } from '../../settled.ts';
import { type InsertResult } from '../archive-store.ts';
import { type BeginResult, type Upload, type UploadedArchive, type UploadStore } from '../upload-store.ts';
import { type ContentFiles } from './content-files.ts';
import { type UploadTable } from './upload-table.ts';

/** What the uploads share with the archives they become. */
export interface UploadStoreParts {
  readonly uploads: UploadTable;
  readonly files: ContentFiles;
  /** Runs a change in a transaction; resolves when it is durable. */
  readonly run: <T>(work: () => T) => Promise<T>;
  /** Runs something on the files and explains a full disk. */
  readonly onDisk: <T>(work: Promise<T>) => Promise<T>;
  /** Inserts archive and audit entry; the content is the file `file`. Expects an open transaction. */
  readonly insert: (archive: UploadedArchive, file: string) => InsertResult;
}

/**
 * Uploads as rows that say how much of a file counts. The file is synced before its row is changed, so the row never
 * promises what a power cut can take; what stands behind the row's offset is overwritten.
 */
export function sqliteUploadStore({ uploads, files, run, onDisk, insert }: UploadStoreParts): UploadStore {
  return {
    begin: (given, maxOpen) =>
      run((): BeginResult => {
        const known = uploads.findByKey(given.tenant, given.key);
        if (known) return { outcome: 'known', upload: known };
        if (uploads.countOpen(given.tenant) >= maxOpen) return { outcome: 'full' };
        files.create(given.uploadId);
        uploads.insert(given);
        return { outcome: 'begun', upload: { ...given, offset: 0, completed: false } };
      }),
    find: (tenant, uploadId) => settled(() => uploads.find(tenant, uploadId)),
    append: async (upload, pieces, at) => {
      const offset = upload.offset + pieces.reduce((bytes, piece) => bytes + piece.length, 0);
      await onDisk(files.write(upload.uploadId, upload.offset, pieces));
      const advanced = await run(() => uploads.advance(upload, offset, at));
      return advanced ? { ...upload, offset, activeAt: at } : undefined;
    },
    read: ({ uploadId }, start, end) => files.read(uploadId, start, end),
    finish: async (upload, archive) => {
      const { uploadId } = upload;
      await onDisk(files.truncate(uploadId, upload.offset));
      const result = await run(() => {
        if (!uploads.complete(upload, archive.event.at)) throw new Error('the upload is not as given any more');
        return insert(archive, uploadId);
      });
      await (result.outcome === 'stored' ? files.wipeHead(uploadId, archive.head.length) : files.remove(uploadId));
      return result;
    },
    remove: (upload) => dropOpen([upload]).then(() => undefined),
    expire: async (before) => {
      const old = uploads.inactiveSince(before);
      return old.length === 0 ? 0 : dropOpen(old);
    },
  };

  async function dropOpen(given: readonly Upload[]): Promise<number> {
    const dropped = await run(() =>
      given.filter(({ tenant, uploadId }) => {
        const upload = uploads.find(tenant, uploadId);
        if (upload) uploads.remove(upload);
        return upload?.completed === false;
      }),
    );
    await Promise.all(dropped.map(({ uploadId }) => files.remove(uploadId)));
    return dropped.length;
  }
}
