import type { QueuedBatch, QueuedReport } from './usage-spool.ts';

/** Reports in the order they came: first the batches that were formed already, then what waits for one. */
export class ReportQueue {
  #batches: QueuedBatch[] = [];
  #waiting: QueuedReport[] = [];
  #size = 0;
  #bytes = 0;

  /** Reports, those in batches included. */
  get size(): number {
    return this.#size;
  }

  /** Length of all texts. */
  get bytes(): number {
    return this.#bytes;
  }

  add(report: QueuedReport): void {
    this.#waiting.push(report);
    this.#count(1, report.text.length);
  }

  addBatch(batch: QueuedBatch): void {
    this.#batches.push(batch);
    for (const { text } of batch.reports) this.#count(1, text.length);
  }

  /** The batch to send now, the same until it is replaced. `formed` says that it is a new one. */
  next(maxReports: number, maxBytes: number): { readonly batch: QueuedBatch; readonly formed: boolean } | undefined {
    const [first] = this.#batches;
    if (first) return { batch: first, formed: false };
    if (this.#waiting.length === 0) return undefined;
    let bytes = 0;
    const end = this.#waiting.findIndex(
      ({ text }, i) => i >= maxReports || ((bytes += text.length) > maxBytes && i > 0),
    );
    const reports = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
    const batch = { key: crypto.randomUUID(), reports };
    this.#batches.push(batch);
    return { batch, formed: true };
  }

  /** Takes a batch out and puts what is left of it in its place. */
  replace(batch: QueuedBatch, rest: readonly QueuedBatch[]): void {
    const at = this.#batches.indexOf(batch);
    if (at === -1) return;
    this.#batches.splice(at, 1, ...rest);
    for (const { text } of batch.reports) this.#count(-1, -text.length);
    for (const { reports } of rest) for (const { text } of reports) this.#count(1, text.length);
  }

  clear(): void {
    this.#batches = [];
    this.#waiting = [];
    this.#size = 0;
    this.#bytes = 0;
  }

  #count(size: number, bytes: number): void {
    this.#size += size;
    this.#bytes += bytes;
  }
}
