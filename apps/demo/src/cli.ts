#!/usr/bin/env node
import { isIntegrationError } from '@llm-memory-graph/http';
import { readArgs, usage } from './args.ts';
import { demo } from './demo.ts';
import { progressOn } from './progress.ts';
import { isSound, jsonLine, summary } from './report.ts';
import { UsageError } from './usage-error.ts';

/** One clear line for whatever ended the run. */
function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return isIntegrationError(error.cause) && !isIntegrationError(error)
    ? `${error.message}: ${error.cause.message}`
    : error.message;
}

async function main(): Promise<number> {
  // pnpm runs scripts in the workspace root; relative paths are those of the caller.
  const args = readArgs(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  if (args.help) {
    console.log(usage);
    return 0;
  }
  const { report, notes } = await demo(args, process.env, progressOn(process.stderr));
  if (args.json) for (const note of notes) console.error(`demo: ${note}`);
  console.log(args.json ? jsonLine(report) : summary(report, notes));
  return isSound(report) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`demo: ${lineOf(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
