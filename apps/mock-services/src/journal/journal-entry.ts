import type { ServiceName } from '../fault/fault.ts';

/** What became of a request: `pending` while it runs, `answered`, `cut` by a fault, `gone` when the client left first. */
export type Outcome = 'pending' | 'answered' | 'cut' | 'gone';

/** A request as the journal keeps it; never a key, a query or a body. */
export interface JournalEntry {
  /** From 1, in order of arrival. */
  readonly sequence: number;
  /** By the clock of the services. */
  readonly at: Date;
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly outcome: Outcome;
  /** Status that was sent, or that the service had answered when a fault cut the connection; null without any. */
  readonly status: number | null;
  /** Whether this request changed what the service holds. A repeat that finds its work done does not. */
  readonly committed: boolean;
  /** Names of the faults that hit it. */
  readonly faults: readonly string[];
  /** The answer's `X-Request-Id`. */
  readonly requestId: string | null;
}
