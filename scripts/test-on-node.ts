// Runs the tests of the libraries on other Node versions: `node scripts/test-on-node.ts 22 26`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';

const vitest = resolve('node_modules/vitest/vitest.mjs');
const versions = process.argv.slice(2);
let failed = versions.length === 0;
for (const version of versions) {
  for (const name of readdirSync('packages')) {
    // The npm package `node` is the way to a second Node that needs nothing installed.
    const run = spawnSync('npx', ['-y', '-p', `node@${version}`, '--', 'node', vitest, 'run'], {
      cwd: resolve('packages', name),
      encoding: 'utf8',
      env: { ...process.env, TEST_REPORT: `node${version}` },
    });
    if (run.status !== 0) {
      failed = true;
      console.error(run.stdout, run.stderr);
    }
    console.log(`node ${version}  packages/${name}  ${run.status === 0 ? 'ok' : 'FAILED'}`);
  }
}
if (failed) process.exitCode = 1;
