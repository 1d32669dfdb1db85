import { exposition, type Sample } from './exposition.ts';

/** One finished request. */
export interface RequestOutcome {
  readonly method: string;
  /** Template of the resource, for example `/api/v1/sessions/:id`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** Counts requests and their durations for Prometheus. */
export interface RequestMetrics {
  record(outcome: RequestOutcome): void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
// Anything else would let a caller make up label values without end.
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** @param service value of the label `service` */
export function requestMetrics(service: string): RequestMetrics {
  const all = new Map<string, Series>();
  return {
    record({ method: given, route, status, seconds }) {
      const method = knownMethods.has(given) ? given : 'other';
      const key = `${method} ${String(status)} ${route}`;
      let series = all.get(key);
      if (!series) {
        const labels = { service, method, route, status: String(status) };
        all.set(key, (series = { labels, buckets: bounds.map(() => 0), sum: 0, count: 0 }));
      }
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
      series.sum += seconds;
      series.count++;
    },
    text() {
      const samples: Sample[] = [];
      for (const { labels, buckets, sum, count } of all.values()) {
        let below = 0;
        buckets.forEach((hits, i) => {
          below += hits;
          samples.push({ suffix: '_bucket', labels: { ...labels, le: String(bounds[i]) }, value: below });
        });
        samples.push({ suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count });
        samples.push({ suffix: '_sum', labels, value: sum });
        samples.push({ suffix: '_count', labels, value: count });
      }
      return exposition('http_server_request_duration_seconds', 'histogram', 'Time to answer, by resource.', samples);
    },
  };
}
