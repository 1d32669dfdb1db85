import { InvalidConfigError, type Auth, type HttpClientOptions } from '@llm-memory-graph/http';
import type { Sealer } from './sealer.ts';
import type { VaultCacheOptions } from './vault-cache.ts';

/** Options of a {@link VaultClient}. */
export interface VaultClientOptions extends Omit<HttpClientOptions, 'auth' | 'baseUrl' | 'cache'> {
  /** Root of the Data-Vault. @default 'http://localhost:9000' */
  readonly baseUrl?: string;
  /** Name of the vault in messages and of its circuit breaker. @default 'Data-Vault' */
  readonly service?: string;
  /** Bearer key, or a function that gives the current one. */
  readonly apiKey: Auth;
  /** Seals in this process; the vault then never sees content. @default the vault seals, as the two flags ask */
  readonly sealer?: Sealer;
  /** Asks the vault to encrypt what it seals. @default true */
  readonly encryptionEnabled?: boolean;
  /** Asks the vault to compress what it seals. @default true */
  readonly compressionEnabled?: boolean;
  /** Time of one attempt in ms. @default 60000 */
  readonly timeoutMs?: number;
  /** Most sessions in one request of `batchArchive`. @default 100 */
  readonly batchSize?: number;
  /** Most bytes in one request of `batchArchive`; a larger session goes alone. @default 8 MiB */
  readonly maxBatchBytes?: number;
  /** Answers to keep. @default nothing */
  readonly cache?: VaultCacheOptions;
}

export interface ResolvedVaultOptions {
  readonly sealer: Sealer | undefined;
  readonly flags: Readonly<Record<string, string>>;
  readonly batchSize: number;
  readonly maxBatchBytes: number;
}

function positiveInteger(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidConfigError(`${option} must be an integer >= 1, got ${String(value)}`);
}

export function resolveOptions(options: VaultClientOptions): ResolvedVaultOptions {
  return {
    sealer: options.sealer,
    flags: {
      'x-encryption-enabled': String(options.encryptionEnabled ?? true),
      'x-compression-enabled': String(options.compressionEnabled ?? true),
    },
    batchSize: positiveInteger('batchSize', options.batchSize ?? 100),
    maxBatchBytes: positiveInteger('maxBatchBytes', options.maxBatchBytes ?? 8 * 1024 * 1024),
  };
}

export function httpOptions(options: VaultClientOptions): HttpClientOptions {
  const {
    baseUrl = 'http://localhost:9000',
    apiKey,
    sealer: _sealer,
    encryptionEnabled: _encryption,
    compressionEnabled: _compression,
    batchSize: _count,
    maxBatchBytes: _bytes,
    cache = {},
    ...rest
  } = options;
  // How long what is kept is said call by call.
  const { archives: _archives, policies: _policies, ...bounds } = cache;
  if (typeof apiKey !== 'function' && !apiKey) throw new InvalidConfigError('apiKey is required by the Data-Vault');
  return {
    ...rest,
    baseUrl,
    auth: apiKey,
    service: rest.service ?? 'Data-Vault',
    cache: bounds,
    timeoutMs: rest.timeoutMs ?? 60_000,
    retry: { initialDelayMs: 200, ...rest.retry },
  };
}

/** Reads `VAULT_URL` and `VAULT_API_KEY`. @throws {InvalidConfigError} naming the variable */
export function optionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): Pick<VaultClientOptions, 'apiKey' | 'baseUrl'> {
  const { VAULT_URL: url, VAULT_API_KEY: apiKey } = env;
  if (url !== undefined && !URL.canParse(url))
    throw new InvalidConfigError(`VAULT_URL must be an absolute URL, got ${JSON.stringify(url)}`);
  if (!apiKey) throw new InvalidConfigError('VAULT_API_KEY is required by the Data-Vault');
  return { apiKey, ...(url && { baseUrl: url }) };
}
