/** What became of sessions; `totalProcessed = archivedCount + failedCount + skippedCount`. */
export class ArchivalStats {
  /** Sessions that got a result. */
  readonly totalProcessed: number;
  readonly archivedCount: number;
  /** Sessions that were given up: parked, with their reason in the journal. */
  readonly failedCount: number;
  /** Sessions that were not ours to archive: archived already, changed meanwhile, gone, parked or leased by another. */
  readonly skippedCount: number;
  /** Time spent, in milliseconds on the monotonic clock. */
  readonly durationMs: number;

  constructor(counts: { archived: number; failed: number; skipped: number }, durationMs: number) {
    this.archivedCount = counts.archived;
    this.failedCount = counts.failed;
    this.skippedCount = counts.skipped;
    this.totalProcessed = counts.archived + counts.failed + counts.skipped;
    this.durationMs = Math.round(durationMs);
  }

  /** Archived sessions as a share of those processed, 0 to 1; 0 when there were none. */
  successRate(): number {
    return this.totalProcessed === 0 ? 0 : this.archivedCount / this.totalProcessed;
  }
}
