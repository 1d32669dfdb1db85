import { type KeyProvider } from '@llm-memory-graph/sealed-archive';
import { type Clock, type Logger, type ResolvedLimits } from '@llm-memory-graph/service';

import { type ArchiveStore } from './store/archive-store.ts';

/** What every part of the server works with. */
export interface Vault {
  readonly store: ArchiveStore;
  /** Wraps the data keys of what the server seals itself. */
  readonly keyProvider: KeyProvider;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: ResolvedLimits;
}
