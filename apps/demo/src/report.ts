/** What one run did. Counts are of this run, but for `sessions`, `restored`, `verified` and the bytes: those are of all that is there. */
export interface Report {
  sessions: number;
  registered: number;
  usageReports: number;
  archived: number;
  failed: number;
  skipped: number;
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

/** The line of `--json`. */
export function jsonLine(report: Report): string {
  return JSON.stringify({
    sessions: report.sessions,
    registered: report.registered,
    usage_reports: report.usageReports,
    archived: report.archived,
    failed: report.failed,
    skipped: report.skipped,
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

/** The summary for a person. */
export function summary(report: Report, notes: readonly string[]): string {
  const ratio = report.bytesStored > 0 ? ` (${(report.bytesIn / report.bytesStored).toFixed(1)} : 1)` : '';
  const rows: [string, string][] = [
    ['sessions', String(report.sessions)],
    ['registered', `${String(report.registered)} with ${String(report.usageReports)} usage reports`],
    ['archived', `${String(report.archived)}, ${String(report.failed)} failed, ${String(report.skipped)} skipped`],
    ['verified', `${String(report.verified)} archives retrieved, opened and compared`],
    ['restored', `${String(report.restored)} into an empty graph, found the same`],
    ['size', `${size(report.bytesIn)} of sessions sealed into ${size(report.bytesStored)}${ratio}`],
    ['time', `${(report.durationMs / 1000).toFixed(1)} s`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  return [...lines, ...notes.map((note) => `  note        ${note}`)].join('\n');
}
