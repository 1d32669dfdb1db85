import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** What the command line asks for. */
export interface DemoArgs {
  /** Files and folders to import, absolute; none means the built-in sessions. */
  readonly inputs: readonly string[];
  /** Where everything is kept, absolute; `undefined` keeps it in memory. */
  readonly dataDir: string | undefined;
  /** Sessions last touched at least so many days ago are archived. */
  readonly archiveAfterDays: number;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `Usage: pnpm demo [--input FILE|DIR …] [--data-dir DIR] [--archive-after-days N] [--json]

Registers sessions, meters them, seals and archives them, sweeps what expired (sessions of its own, in a vault of its
own), retrieves and verifies every archive and restores it.

  --input FILE|DIR …       files (.json, .jsonl) with OpenAI-style chat messages or tau-bench trajectories, or folders
                           of them; default: built-in generated sessions
  --data-dir DIR           keep graph, keys and services in DIR; a second run goes on where the first one stopped
  --archive-after-days N   archive sessions last touched at least N days ago (default 0: all that are completed)
  --json                   one line of JSON as the last line of standard output

Environment: REGISTRY_URL, REGISTRY_API_KEY, VAULT_URL, VAULT_API_KEY to use running services instead of local ones;
SEALING_KEY (64 hex digits) to seal with a key of your own.`;

/** @throws {UsageError} naming the flag and what is wrong with it */
export function readArgs(argv: readonly string[], cwd: string): DemoArgs {
  const { values, positionals } = parsed(argv);
  // `--input a b c`: what follows an input belongs to it.
  if (positionals.length > 0 && values.input === undefined)
    throw new UsageError(`unexpected argument ${JSON.stringify(positionals[0])}; files are given with --input`);
  const inputs = [...(values.input ?? []), ...positionals];
  if (inputs.includes('')) throw new UsageError('--input must not be empty');
  if (values['data-dir'] === '') throw new UsageError('--data-dir must not be empty');
  return {
    inputs: inputs.map((input) => resolve(cwd, input)),
    dataDir: values['data-dir'] === undefined ? undefined : resolve(cwd, values['data-dir']),
    archiveAfterDays: daysOf(values['archive-after-days'] ?? '0'),
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      // pnpm hands a `--` of the caller on.
      args: argv[0] === '--' ? argv.slice(1) : [...argv],
      allowPositionals: true,
      options: {
        input: { type: 'string', multiple: true },
        'data-dir': { type: 'string' },
        'archive-after-days': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Its messages go on with advice.
    throw new UsageError((error as Error).message.split(/\.\s/)[0] ?? '');
  }
}

function daysOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 36_500) return Number(text);
  throw new UsageError(
    `--archive-after-days must be a whole number of days from 0 to 36500, got ${JSON.stringify(text)}`,
  );
}
