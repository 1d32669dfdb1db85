import { parseArgs } from 'node:util';
import type { MockServicesOptions, RecordOptions } from './options.ts';

export const usage = `Usage: mock-services [options]

Runs an LLM-Registry and a Data-Vault until SIGINT or SIGTERM.

  --host ADDRESS         address to listen at (default 127.0.0.1)
  --registry-port PORT   port of the registry, 0 for a free one (default 8080)
  --vault-port PORT      port of the vault, 0 for a free one (default 9000)
  --data-dir DIR         keep everything in this folder (default: in memory)
  --clock ISO            start at this instant instead of now, and run on from there
  --faults FILE          go wrong as this JSON file says
  --seed N               where the randomness of faults comes from (default: a random one, printed)
  --tls                  serve over TLS with a certificate made at the start
  --record FILE          pass requests on to real services and keep their answers in this file
  --registry-upstream URL, --vault-upstream URL
                         the real services, with --record
  --replay FILE          answer from such a file
  --json                 the first line on stdout is one JSON object with the addresses
  --help                 this text

  REGISTRY_API_KEY       key of the registry (default: none needed)
  VAULT_API_KEY          key of the vault (default: a new one, printed once)
  MOCK_CONTROL_KEY       key of the control API and the console (default: none, this machine only)
`;

/** The command line cannot be understood; names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the command line asks for. */
export interface CliOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly services: MockServicesOptions;
  /** File of the faults, not read yet. */
  readonly faultsFile: string | undefined;
}

function port(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`${flag} must be a port from 0 to 65535, got ${JSON.stringify(text)}`);
}

const isoInstant = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

function instant(text: string): Date {
  const day = text.slice(0, 10);
  // `Date` takes February 30th for March 2nd.
  const exists = isoInstant.test(text) && !Number.isNaN(Date.parse(text)) && new Date(day).toJSON().startsWith(day);
  if (exists && !Number.isNaN(Date.parse(text))) return new Date(text);
  throw new UsageError(`--clock must be an ISO 8601 instant such as 2026-01-31T12:00:00Z, got ${JSON.stringify(text)}`);
}

function seed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new UsageError(`--seed must be an integer from 0 to 4294967295, got ${JSON.stringify(text)}`);
}

function recording(file?: string, registryUrl?: string, vaultUrl?: string): RecordOptions | undefined {
  if (file !== undefined && registryUrl !== undefined && vaultUrl !== undefined) return { file, registryUrl, vaultUrl };
  if (file === undefined && registryUrl === undefined && vaultUrl === undefined) return undefined;
  throw new UsageError('--record, --registry-upstream and --vault-upstream go together');
}

function parse(args: readonly string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(args);
  } catch (error) {
    // Only the first sentence: the rest explains positional arguments, which there are none of here.
    throw new UsageError(error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? '') : String(error));
  }
}

function parseFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      'registry-port': { type: 'string', default: '8080' },
      'vault-port': { type: 'string', default: '9000' },
      'data-dir': { type: 'string' },
      clock: { type: 'string' },
      seed: { type: 'string' },
      faults: { type: 'string' },
      tls: { type: 'boolean', default: false },
      record: { type: 'string' },
      'registry-upstream': { type: 'string' },
      'vault-upstream': { type: 'string' },
      replay: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** @throws {UsageError} */
export function cliOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): CliOptions {
  const { values } = parse(args);
  return {
    help: values.help,
    json: values.json,
    services: {
      host: values.host,
      registryPort: port('--registry-port', values['registry-port']),
      vaultPort: port('--vault-port', values['vault-port']),
      dataDir: values['data-dir'],
      // An empty variable is how shells and compose files say "none".
      registryApiKey: env['REGISTRY_API_KEY'] || undefined,
      vaultApiKey: env['VAULT_API_KEY'] || undefined,
      controlKey: env['MOCK_CONTROL_KEY'] || undefined,
      ...(values.clock !== undefined && { clock: instant(values.clock) }),
      tls: values.tls,
      record: recording(values.record, values['registry-upstream'], values['vault-upstream']),
      replay: values.replay,
      ...(values.seed !== undefined && { seed: seed(values.seed) }),
    },
    faultsFile: values.faults,
  };
}
