import { type KeyProvider, type Sealing, type ZstdDictionary } from '@llm-memory-graph/sealed-archive';
import { type Logger, type ResolvedLimits } from '@llm-memory-graph/service';

import { type ArchiveStore } from './store/archive-store.ts';
import { type ResolvedUploadLimits } from './upload/upload-limits.ts';
import { type ClockGuard } from './retention/clock-guard.ts';
import { type VaultClock } from './vault-clock.ts';
import { type VaultEvent } from './vault-event.ts';
import { type VaultMetrics } from './vault-metrics.ts';

/** What every part of the server works with. */
export interface Vault {
  readonly store: ArchiveStore;
  /** Wraps the data keys of what the server seals itself. */
  readonly keyProvider: KeyProvider;
  readonly sealing: Sealing;
  readonly dictionaries: readonly ZstdDictionary[];
  readonly clock: VaultClock;
  /** Watches the clock for everything that deletes. */
  readonly guard: ClockGuard;
  /** Never throws. */
  readonly onEvent: (event: VaultEvent) => void;
  readonly logger: Logger;
  readonly metrics: VaultMetrics;
  readonly limits: ResolvedLimits;
  readonly uploadLimits: ResolvedUploadLimits;
}
