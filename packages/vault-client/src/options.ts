import {
  cacheLifeSchema,
  checkBearerKey,
  checkOptions,
  flag,
  having,
  integerFrom,
  InvalidConfigError,
  optionsOf,
  type Auth,
  type HttpClientOptions,
} from '@llm-memory-graph/http';
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

// Those that are the vault's own; the others are checked by `HttpClient`.
const schema = optionsOf({
  sealer: having('seal', 'open'),
  encryptionEnabled: flag,
  compressionEnabled: flag,
  batchSize: integerFrom(1),
  maxBatchBytes: integerFrom(1),
  cache: optionsOf({ archives: cacheLifeSchema, policies: cacheLifeSchema }),
});

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveOptions(options: VaultClientOptions): ResolvedVaultOptions {
  const { apiKey, sealer, encryptionEnabled, compressionEnabled, batchSize, maxBatchBytes } = options;
  const cache = { archives: options.cache?.archives, policies: options.cache?.policies };
  checkOptions(schema, { sealer, encryptionEnabled, compressionEnabled, batchSize, maxBatchBytes, cache });
  if (typeof apiKey !== 'function' && !apiKey) throw new InvalidConfigError('apiKey is required by the Data-Vault');
  if (typeof apiKey === 'string') checkBearerKey('apiKey', apiKey);
  return {
    sealer,
    flags: {
      'x-encryption-enabled': String(encryptionEnabled ?? true),
      'x-compression-enabled': String(compressionEnabled ?? true),
    },
    batchSize: batchSize ?? 100,
    maxBatchBytes: maxBatchBytes ?? 8 * 1024 * 1024,
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
  // It may hold a password, so it is not shown.
  if (url && !URL.canParse(url)) throw new InvalidConfigError('VAULT_URL must be an absolute URL');
  if (!apiKey) throw new InvalidConfigError('VAULT_API_KEY is required by the Data-Vault');
  checkBearerKey('VAULT_API_KEY', apiKey);
  return { apiKey, ...(url && { baseUrl: url }) };
}
