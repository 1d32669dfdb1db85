import { exposition } from '@llm-memory-graph/service';

import { Counters } from '../counters.ts';

const outcomes = ['begun', 'completed', 'cancelled', 'expired', 'refused'] as const;
export type UploadOutcome = (typeof outcomes)[number];

/** Counts uploads for Prometheus, since the process started. */
export class UploadMetrics {
  readonly #counts = new Counters(outcomes.map((outcome) => ({ outcome })));
  #bytes = 0;

  count(outcome: UploadOutcome, by = 1): void {
    this.#counts.add({ outcome }, by);
  }

  /** @param bytes made durable */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    return (
      exposition('vault_uploads_total', 'counter', 'Resumable uploads, by what became of them.', this.#counts.samples) +
      exposition('vault_upload_bytes_total', 'counter', 'Bytes of uploads made durable.', [
        { labels: {}, value: this.#bytes },
      ])
    );
  }
}
