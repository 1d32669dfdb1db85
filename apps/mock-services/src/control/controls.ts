import type { Breakers } from './breakers.ts';
import type { EventStream } from './event-stream.ts';
import type { UsageMeter } from './usage-meter.ts';
import type { Faults } from '../fault/faults.ts';
import type { Journal } from '../journal/journal.ts';
import type { MockClock } from '../mock-clock.ts';
import type { Backend } from '../state/backend.ts';
import type { Snapshots } from '../state/snapshots.ts';

/** What can be looked at and changed while the services run. */
export interface Controls {
  readonly faults: Faults;
  readonly journal: Journal;
  readonly clock: MockClock;
  readonly breakers: Breakers;
  readonly meter: UsageMeter;
  readonly backend: Backend;
  readonly snapshots: Snapshots;
  readonly events: EventStream;
  /** Everything as at the start: empty stores, the first faults, an empty journal, the clock. */
  readonly reset: () => Promise<void>;
}
