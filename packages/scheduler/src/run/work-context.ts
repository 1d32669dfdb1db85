import type { Clock } from '@llm-memory-graph/resilience';
import type { SchedulerSettings } from '../config.ts';
import type { ArchiveVault } from '../ports/archive-vault.ts';
import type { Failpoint } from '../ports/failpoint.ts';
import type { SessionRegistry } from '../ports/session-registry.ts';
import type { SessionSource } from '../ports/session-source.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ServiceGuard } from './service-guard.ts';

/** Everything the work runs on; made once per scheduler. */
export interface WorkContext {
  readonly source: SessionSource;
  readonly vault: ArchiveVault;
  readonly registry: SessionRegistry | undefined;
  readonly settings: SchedulerSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly owner: string;
  readonly failpoint: Failpoint;
  /** Sessions that this scheduler works on right now; their leases are its own, so only this keeps two calls apart. */
  readonly inHand: Set<string>;
  /** Bytes of session documents on their way. */
  readonly budget: ByteBudget;
  /** Waits until one more session may be begun. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
}

/** The guards of one run: a new run asks every service anew. */
export interface Guards {
  readonly source: ServiceGuard;
  readonly vault: ServiceGuard;
  readonly registry: ServiceGuard;
}
