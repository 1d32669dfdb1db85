/** A report as it waits: its wire JSON, under a number that grows. */
export interface QueuedReport {
  readonly seq: number;
  readonly text: string;
}

/** Reports that are sent in one request. The key stays the same however often it is sent. */
export interface QueuedBatch {
  readonly key: string;
  readonly reports: readonly QueuedReport[];
}

/** What an earlier process left behind. */
export interface SpooledUsage {
  readonly batches: readonly QueuedBatch[];
  readonly reports: readonly QueuedReport[];
  /** Lines that could not be read, for example one cut by a power failure. */
  readonly unreadable: number;
}

/** Where reports outlive the process. All methods but `close` return once it is safe from a kill of the process. */
export interface UsageSpool {
  /** Called once, before anything else. */
  restore(): SpooledUsage;
  add(report: QueuedReport): void;
  /** The reports are sent together under this key from now on. */
  batch(batch: QueuedBatch): void;
  /** The service has them, or refused them for good. */
  settle(reports: readonly QueuedReport[]): void;
  close(): Promise<void>;
}
