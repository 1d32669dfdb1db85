import { parseJson, usageReport } from '@llm-memory-graph/contracts';
import type { QueuedBatch, QueuedReport, SpooledUsage } from '../usage/usage-spool.ts';

// One JSON object a line. A report's text stands in it as it is, so that it is sent byte for byte the same again.
const head = /^\{"seq":(\d{1,15}),"report":/;

export function reportLine({ seq, text }: QueuedReport): string {
  return `{"seq":${String(seq)},"report":${text}}\n`;
}

export function batchLine({ key, reports }: QueuedBatch): string {
  return `${JSON.stringify({ key, seqs: reports.map(({ seq }) => seq) })}\n`;
}

export function settledLine(reports: readonly QueuedReport[]): string {
  return `${JSON.stringify({ settled: reports.map(({ seq }) => seq) })}\n`;
}

function readReport(line: string): QueuedReport | undefined {
  const match = head.exec(line);
  if (!match) return undefined;
  const text = line.slice(match[0].length, -1);
  usageReport.decode(parseJson(text));
  return { seq: Number(match[1]), text };
}

function numbers(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.every((item): item is number => Number.isSafeInteger(item))) return value;
  throw new TypeError('not a list of numbers');
}

/** Reads a spool. Lines that make no sense are counted and passed over. */
export function readSpool(content: string): SpooledUsage {
  const open = new Map<number, QueuedReport>();
  const keys = new Map<number, string>();
  let unreadable = 0;
  const lines = content.split('\n');
  // What follows the last line feed was cut while it was written, so its report was never promised to be safe.
  if (lines.pop() !== '') unreadable++;
  for (const line of lines) {
    try {
      const report = readReport(line);
      if (report) {
        open.set(report.seq, report);
        continue;
      }
      const record = JSON.parse(line) as { key?: unknown; seqs?: unknown; settled?: unknown };
      if (typeof record.key === 'string') for (const seq of numbers(record.seqs)) keys.set(seq, record.key);
      else for (const seq of numbers(record.settled)) open.delete(seq);
    } catch {
      unreadable++;
    }
  }
  const batches = new Map<string, QueuedReport[]>();
  const reports: QueuedReport[] = [];
  for (const report of open.values()) {
    const key = keys.get(report.seq);
    if (key === undefined) reports.push(report);
    else batches.set(key, [...(batches.get(key) ?? []), report]);
  }
  return { batches: [...batches].map(([key, batch]) => ({ key, reports: batch })), reports, unreadable };
}
