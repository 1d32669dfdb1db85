import { type KeyProvider } from '@llm-memory-graph/sealed-archive';
import { type Logger, type ResolvedLimits } from '@llm-memory-graph/service';

import { type ArchiveStore } from './store/archive-store.ts';
import { type ResolvedUploadLimits } from './upload/upload-limits.ts';
import { type VaultClock } from './vault-clock.ts';

/** What every part of the server works with. */
export interface Vault {
  readonly store: ArchiveStore;
  /** Wraps the data keys of what the server seals itself. */
  readonly keyProvider: KeyProvider;
  readonly clock: VaultClock;
  readonly logger: Logger;
  readonly limits: ResolvedLimits;
  readonly uploadLimits: ResolvedUploadLimits;
}
