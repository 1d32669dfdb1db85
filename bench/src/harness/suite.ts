/** One way of doing the thing a group measures. */
export interface Case {
  readonly name: string;
  /** Whether this is the library under test. */
  readonly ours?: boolean;
  /** A reference that is no competitor, such as the bare function. */
  readonly floor?: boolean;
  /** Prepares the case and returns one call of it, or a measurement of its own. */
  setup(): Promise<Subject> | Subject;
}

/** What a case process measures. */
export type Subject =
  | { readonly kind: 'call'; readonly call: () => unknown; readonly rejects?: boolean }
  | { readonly kind: 'sample'; readonly sample: () => Promise<Sample> | Sample };

/** What one round of one case yields. */
export interface Sample {
  readonly ns?: number;
  readonly bytes?: number;
  readonly timers?: number;
  /** Calls per second. */
  readonly perSecond?: number;
  /** Processor time of one call, in microseconds. */
  readonly cpuUs?: number;
  /** What 99 of 100 calls stay below, in microseconds. */
  readonly p99Us?: number;
  /** What a service holds, garbage collected, in MiB. */
  readonly heapMb?: number;
  readonly rssMb?: number;
  /** Content sealed per second, MB. */
  readonly mbPerSecond?: number;
  /** Bytes before to bytes after. */
  readonly ratio?: number;
  /** Bytes on disk, MB. */
  readonly storedMb?: number;
  /** Delay of the event loop that 99 of 100 turns stay below, and the longest, ms. */
  readonly loopP99Ms?: number;
  readonly loopMaxMs?: number;
  /** Time of a whole thing that is done once, in seconds. */
  readonly seconds?: number;
  /** Until a store that is opened has answered once, in ms. */
  readonly startMs?: number;
  /** Until the first audit checkpoint after that, in seconds. */
  readonly checkpointSeconds?: number;
  /** Every archive read and compared with its digest, in seconds. */
  readonly digestSeconds?: number;
  /** SQLite's own check of the whole file, in seconds. */
  readonly integritySeconds?: number;
  /** Of the process that checked, MiB. */
  readonly checkRssMb?: number;
}

/** Cases that are compared with each other. */
export interface Group {
  readonly title: string;
  /** What must be reached, as text for the report. */
  readonly goal: string;
  readonly cases: readonly Case[];
}

export interface Suite {
  readonly title: string;
  readonly groups: readonly Group[];
}
