import { randomBytes, randomInt } from 'node:crypto';
import type { ModelMetadata } from '@llm-memory-graph/contracts';
import { silentLogger, systemClock, type Clock, type Logger } from '@llm-memory-graph/service';
import type { Fault } from './fault/fault.ts';
import { MockClock } from './mock-clock.ts';
import { seedModels } from './seed-models.ts';
import { StartError, type OptionName } from './start-error.ts';

/** Where the real services are, and where their answers are kept. */
export interface RecordOptions {
  /** Gets one line for each answer, behind those that it has; only its owner can read it. */
  readonly file: string;
  readonly registryUrl: string;
  readonly vaultUrl: string;
}

/** What {@link startMockServices} takes. */
export interface MockServicesOptions {
  /** Address to listen at. @default '127.0.0.1' */
  readonly host?: string;
  /** Port of the LLM-Registry; 0 takes a free one. @default 0 */
  readonly registryPort?: number;
  /** Port of the Data-Vault; 0 takes a free one. @default 0 */
  readonly vaultPort?: number;
  /** Key of the registry. @default none, the registry is open */
  readonly registryApiKey?: string | undefined;
  /** Key of the vault. @default a random one */
  readonly vaultApiKey?: string | undefined;
  /** Folder that keeps everything over restarts; made when it is not there. @default in memory */
  readonly dataDir?: string | undefined;
  /** Models that the registry lists. @default a handful of real ones, `gpt-4` among them */
  readonly models?: readonly ModelMetadata[];
  /** The time that both services go by; a date starts there and runs on. @default system */
  readonly clock?: Clock | Date;
  /** Where all randomness of the faults comes from, an integer from 0 to 2^32 - 1. @default a random one */
  readonly seed?: number | undefined;
  /** Faults from the start; more with `faults.add`. @default none */
  readonly faults?: readonly Fault[];
  /** Key of the control API below `/__mock/`. @default none: it answers this machine only */
  readonly controlKey?: string | undefined;
  /** Serve over TLS, with a certificate made at the start; {@link MockServices.ca} is what clients trust. @default false */
  readonly tls?: boolean;
  /** Pass requests on to real services and keep their answers in a file. @default none */
  readonly record?: RecordOptions | undefined;
  /** File of recorded answers to give instead of those of the services. @default none */
  readonly replay?: string | undefined;
  /** Requests that the journal remembers; an integer from 1. @default 10000 */
  readonly journalSize?: number;
  /** Told of every request (`debug`) and every failure (`error`), without content or keys. @default silent */
  readonly logger?: Logger;
  /** How long `close()` lets requests in flight finish, in ms. @default 5000 */
  readonly closeGraceMs?: number;
}

/** The options as the code runs on them. */
export interface ResolvedOptions {
  readonly host: string;
  readonly registryPort: number;
  readonly vaultPort: number;
  readonly registryApiKey: string | undefined;
  readonly vaultApiKey: string;
  readonly dataDir: string | undefined;
  readonly models: readonly ModelMetadata[];
  readonly clock: MockClock;
  /** The wall clock of the clients. */
  readonly base: Clock;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly controlKey: string | undefined;
  readonly tls: boolean;
  readonly record: RecordOptions | undefined;
  readonly replay: string | undefined;
  readonly journalSize: number;
  readonly logger: Logger;
  readonly closeGraceMs: number;
}

function checkPort(option: OptionName, port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartError(option, 'invalid', `must be a port from 0 to 65535, got ${String(port)}`);
}

function checkInteger(option: OptionName, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = `from ${String(least)} to ${String(most)}`;
  throw new StartError(option, 'invalid', `must be an integer ${range}, got ${String(value)}`);
}

/** The given clock, as one that can be moved; a date only says where it begins. */
function movable(given: Clock | Date = systemClock): { clock: MockClock; base: Clock } {
  if (!(given instanceof Date)) return { clock: new MockClock(given), base: given };
  if (Number.isNaN(given.getTime())) throw new StartError('clock', 'invalid', 'must be a valid date');
  return { clock: new MockClock(systemClock, given), base: systemClock };
}

// RFC 6750, section 2.1.
const token68 = /^[A-Za-z0-9._~+/-]+=*$/;

function checkKey<Key extends string | undefined>(option: OptionName, key: Key): Key {
  if (key === undefined || token68.test(key)) return key;
  throw new StartError(option, 'invalid', 'must be a bearer token (RFC 6750: A-Z a-z 0-9 - . _ ~ + / =)');
}

function checkRecord({ record, replay }: MockServicesOptions): RecordOptions | undefined {
  if (!record) return undefined;
  if (replay !== undefined) throw new StartError('record', 'invalid', 'does not go together with replay');
  for (const name of ['registryUrl', 'vaultUrl'] as const) {
    const url = record[name];
    if (URL.canParse(url) && /^https?:/.test(url)) continue;
    throw new StartError('record', 'invalid', `${name} must be an absolute http(s) URL, got ${JSON.stringify(url)}`);
  }
  if (record.file === '') throw new StartError('record', 'invalid', 'file must not be empty');
  return record;
}

/** @throws {StartError} `invalid` */
export function resolveOptions(options: MockServicesOptions): ResolvedOptions {
  const { host = '127.0.0.1', registryPort = 0, vaultPort = 0, dataDir } = options;
  if (host === '') throw new StartError('host', 'invalid', 'must not be empty');
  if (dataDir === '') throw new StartError('dataDir', 'invalid', 'must not be empty');
  return {
    host,
    registryPort: checkPort('registryPort', registryPort),
    vaultPort: checkPort('vaultPort', vaultPort),
    registryApiKey: checkKey('registryApiKey', options.registryApiKey),
    vaultApiKey: checkKey('vaultApiKey', options.vaultApiKey ?? randomBytes(24).toString('base64url')),
    dataDir,
    models: options.models ?? seedModels,
    ...movable(options.clock),
    seed: checkInteger('seed', options.seed ?? randomInt(2 ** 32), 0, 2 ** 32 - 1),
    faults: options.faults ?? [],
    controlKey: checkKey('controlKey', options.controlKey),
    tls: options.tls ?? false,
    record: checkRecord(options),
    replay: options.replay,
    journalSize: checkInteger('journalSize', options.journalSize ?? 10_000, 1, 10_000_000),
    logger: options.logger ?? silentLogger,
    closeGraceMs: options.closeGraceMs ?? 5000,
  };
}
