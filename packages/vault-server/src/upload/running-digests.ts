import { createHash, type Hash } from 'node:crypto';

import { type Upload, type UploadStore } from '../store/upload-store.ts';

interface Running {
  readonly hash: Hash;
  offset: number;
}

/** Hashes uploads while they arrive, so that their end need not read them again; after a restart it must. */
export class RunningDigests {
  readonly #running = new Map<string, Running>();

  add({ uploadId, offset }: Upload, pieces: readonly Uint8Array[]): void {
    const running = offset === 0 ? { hash: createHash('sha256'), offset } : this.#running.get(uploadId);
    if (running?.offset !== offset) return;
    for (const piece of pieces) {
      running.hash.update(piece);
      running.offset += piece.length;
    }
    this.#running.set(uploadId, running);
  }

  forget({ uploadId }: Upload): void {
    this.#running.delete(uploadId);
  }

  /** `sha256:<hex>` of what the store holds of the upload. */
  async of(upload: Upload, store: UploadStore): Promise<string> {
    const running = this.#running.get(upload.uploadId);
    const hash = running?.offset === upload.offset ? running.hash.copy() : createHash('sha256');
    if (running?.offset !== upload.offset)
      for await (const piece of store.read(upload, 0, upload.offset)) hash.update(piece);
    return `sha256:${hash.digest('hex')}`;
  }
}
