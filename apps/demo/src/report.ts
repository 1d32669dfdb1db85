import type { RetentionReport } from './retention/retention-show.ts';

/** What one run did. Counts are of this run, but for `sessions`, `restored`, `verified` and the bytes: those are of all that is there. */
export interface Report {
  sessions: number;
  registered: number;
  usageReports: number;
  archived: number;
  failed: number;
  skipped: number;
  /** Null when the vault is not the demo's own. */
  retention: RetentionReport | null;
  /** Archives imported into an empty graph and found the same. */
  restored: number;
  /** Archives retrieved, opened and found byte for byte what the graph holds. */
  verified: number;
  /** Size of the session documents. */
  bytesIn: number;
  /** Size of what the vault holds of them. */
  bytesStored: number;
  durationMs: number;
}

/** Whether everything that was looked at is as it must be. */
export function isSound({ failed, verified, restored, archived, retention }: Report): boolean {
  if (retention && retention.deletionsProven !== retention.deletionsExpected) return false;
  return failed === 0 && verified === restored && verified >= archived;
}

/** The line of `--json`. */
export function jsonLine(report: Report): string {
  const { retention } = report;
  return JSON.stringify({
    sessions: report.sessions,
    registered: report.registered,
    usage_reports: report.usageReports,
    archived: report.archived,
    failed: report.failed,
    skipped: report.skipped,
    retention: retention && {
      under_policy: retention.underPolicy,
      would_purge: retention.wouldPurge,
      held: retention.held,
      swept: retention.swept,
      unswept: retention.unswept,
      deletions_proven: retention.deletionsProven,
    },
    restored: report.restored,
    verified: report.verified,
    bytes_in: report.bytesIn,
    bytes_stored: report.bytesStored,
    duration_ms: Math.round(report.durationMs),
  });
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${String(bytes)} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function retentionRows(retention: RetentionReport): [string, string][] {
  const { underPolicy, wouldPurge, held, swept, unswept, deletionsProven } = retention;
  const foreseen = `the next 7 days would purge ${String(wouldPurge)}, a legal hold keeps ${String(held)}`;
  const done = unswept === null ? `${String(swept)} expired archives of a trial` : `nothing: ${unswept}`;
  return [
    ['retention', `${String(underPolicy)} archives under a policy; ${foreseen}`],
    ['swept', `${done}; ${String(deletionsProven)} deletions proven by the signed audit chain`],
  ];
}

/** The summary for a person. */
export function summary(report: Report, notes: readonly string[]): string {
  const ratio = report.bytesStored > 0 ? ` (${(report.bytesIn / report.bytesStored).toFixed(1)} : 1)` : '';
  const rows: [string, string][] = [
    ['sessions', String(report.sessions)],
    ['registered', `${String(report.registered)} with ${String(report.usageReports)} usage reports`],
    ['archived', `${String(report.archived)}, ${String(report.failed)} failed, ${String(report.skipped)} skipped`],
    ...(report.retention ? retentionRows(report.retention) : []),
    ['verified', `${String(report.verified)} archives retrieved, opened and compared`],
    ['restored', `${String(report.restored)} into an empty graph, found the same`],
    ['size', `${size(report.bytesIn)} of sessions sealed into ${size(report.bytesStored)}${ratio}`],
    ['time', `${(report.durationMs / 1000).toFixed(1)} s`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  return [...lines, ...notes.map((note) => `  note        ${note}`)].join('\n');
}
