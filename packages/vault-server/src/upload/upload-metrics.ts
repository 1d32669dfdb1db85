import { exposition } from '@llm-memory-graph/service';

const outcomes = ['begun', 'completed', 'cancelled', 'expired', 'refused'] as const;
export type UploadOutcome = (typeof outcomes)[number];

/** Counts uploads for Prometheus, since the process started. */
export class UploadMetrics {
  readonly #counts = new Map<UploadOutcome, number>(outcomes.map((outcome) => [outcome, 0]));
  #bytes = 0;

  count(outcome: UploadOutcome, by = 1): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + by);
  }

  /** @param bytes made durable */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const uploads = [...this.#counts].map(([outcome, value]) => ({ labels: { outcome }, value }));
    return (
      exposition('vault_uploads_total', 'counter', 'Resumable uploads, by what became of them.', uploads) +
      exposition('vault_upload_bytes_total', 'counter', 'Bytes of uploads made durable.', [
        { labels: {}, value: this.#bytes },
      ])
    );
  }
}
