// Adds up test reports of the workspace, by their names: `node scripts/count-tests.ts report node22`. Tells the tests that
// failed, prints `N passed, N failed` last, and fails when a test failed or none ran.
import { globSync, readFileSync } from 'node:fs';

/** As vitest's JSON reporter writes it. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['report'];
const sum = { passed: 0, failed: 0, skipped: 0 };

function tell(what: string, messages: readonly string[]): void {
  console.error(`FAILED ${what}\n${messages.join('\n')}`);
}

for (const file of globSync(names.map((name) => `{packages,apps}/*/.vitest/${name}.json`))) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  for (const { name, status, message, assertionResults } of report.testResults) {
    if (status !== 'failed') continue;
    const failed = assertionResults.filter((test) => test.status === 'failed');
    for (const test of failed) tell(`${name} > ${test.fullName}`, test.failureMessages ?? []);
    // A suite that cannot be loaded has no failed test of its own.
    if (failed.length > 0) continue;
    tell(name, [message]);
    sum.failed += 1;
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
