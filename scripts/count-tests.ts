// Adds up the test reports of the workspace and prints `N passed, N failed`; fails when a test failed or none ran.
import { globSync, readFileSync } from 'node:fs';

/** As vitest's JSON reporter writes it. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of globSync('{packages,apps}/*/.vitest/*.json')) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  sum.passed += report.numPassedTests;
  // A suite that cannot be loaded has no failed test of its own.
  sum.failed += report.numFailedTests + (report.numFailedTests === 0 && !report.success ? 1 : 0);
  sum.skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
