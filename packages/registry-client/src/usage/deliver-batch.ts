import { parseJson, usageReport, type UsageReport } from '@llm-memory-graph/contracts';
import { isIntegrationError, type IntegrationError } from '@llm-memory-graph/http';
import type { Registry } from '../registry.ts';
import type { QueuedBatch, QueuedReport } from './usage-spool.ts';

/** What a {@link UsageBuffer} needs of a registry. */
export type UsageReceiver = Pick<Registry, 'trackUsage' | 'trackUsageBatch' | 'healthCheck'>;

/** A report that the service will never take. */
export interface UsageRefusal {
  readonly report: UsageReport;
  /** What the service said. */
  readonly reason: string;
}

/** What became of a batch. */
export interface Delivery {
  /** Reports that are done with: counted, known already, or refused. */
  readonly settled: readonly QueuedReport[];
  readonly duplicates: number;
  readonly refused: readonly UsageRefusal[];
  /** What to send again in new batches. */
  readonly again: readonly (readonly QueuedReport[])[];
  /** Why the rest has to wait. */
  readonly error?: unknown;
}

const untouched: Delivery = { settled: [], duplicates: 0, refused: [], again: [] };

export function reportOf({ text }: QueuedReport): UsageReport {
  return usageReport.decode(parseJson(text));
}

const isAbout = (error: IntegrationError, statuses: readonly number[]): boolean =>
  error.status !== undefined && statuses.includes(error.status);

/** Sends batches; one by one to a service that has no endpoint for batches. */
export class BatchDelivery {
  readonly #registry: UsageReceiver;
  #oneByOne = false;

  constructor(registry: UsageReceiver) {
    this.#registry = registry;
  }

  /** Never rejects. */
  async send(batch: QueuedBatch): Promise<Delivery> {
    if (this.#oneByOne) return this.#singly(batch);
    const reports = batch.reports.map(reportOf);
    try {
      const { duplicates, rejected } = await this.#registry.trackUsageBatch(reports, { idempotencyKey: batch.key });
      const refused = rejected.flatMap(({ index, error }) => {
        const report = reports[index];
        return report ? [{ report, reason: error }] : [];
      });
      return { ...untouched, settled: batch.reports, duplicates, refused };
    } catch (error) {
      if (!isIntegrationError(error)) return { ...untouched, error };
      if (isAbout(error, [404, 405, 501])) return this.#withoutBatches(batch);
      if (!isAbout(error, [400, 413, 422])) return { ...untouched, error };
      return this.#smaller(batch, reports, error);
    }
  }

  /** A 404 may also come from a wrong base URL, where everything would look refused. */
  async #withoutBatches(batch: QueuedBatch): Promise<Delivery> {
    try {
      await this.#registry.healthCheck();
    } catch (error) {
      return { ...untouched, error };
    }
    this.#oneByOne = true;
    return this.#singly(batch);
  }

  /** The service refuses the whole request: halve it until the report that is to blame stands alone. */
  #smaller({ reports }: QueuedBatch, [first]: readonly UsageReport[], error: IntegrationError): Delivery {
    // The same reports in other bytes, by another release of this package: the report ids still keep them single.
    if (error.problem?.type.endsWith('/idempotency-key-reused')) return { ...untouched, again: [reports] };
    if (reports.length === 1 && first)
      return { ...untouched, settled: reports, refused: [{ report: first, reason: error.message }] };
    const middle = Math.ceil(reports.length / 2);
    return { ...untouched, again: [reports.slice(0, middle), reports.slice(middle)] };
  }

  async #singly({ reports }: QueuedBatch): Promise<Delivery> {
    const refused: UsageRefusal[] = [];
    for (const [i, queued] of reports.entries()) {
      const report = reportOf(queued);
      try {
        await this.#registry.trackUsage(report);
      } catch (error) {
        if (!isIntegrationError(error) || !isAbout(error, [400, 404, 409, 413, 422]))
          return {
            settled: reports.slice(0, i),
            duplicates: 0,
            refused,
            again: i > 0 ? [reports.slice(i)] : [],
            error,
          };
        refused.push({ report, reason: error.message });
      }
    }
    return { ...untouched, settled: reports, refused };
  }
}
