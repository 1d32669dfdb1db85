import { type SealedArchive } from '../seal.ts';
import { type SealOptions } from '../seal-options.ts';

/** Whatever seals: `{ seal }` on the thread that asks, or {@link sealingThreads}. */
export interface Sealing {
  /** @throws ArchiveError as `seal` does */
  seal(content: Uint8Array, options: SealOptions): Promise<SealedArchive>;
}
