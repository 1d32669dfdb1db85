import { checkOptions, flag, integerFrom, nonEmptyText, optionsOf } from '../option-check.ts';

/** Options of {@link pooledFetch}. */
export interface PoolOptions {
  /** Connections per host, which is also the most that idle; requests beyond them queue. @default 10 */
  readonly connectionsPerHost?: number;
  /** How long an idle connection is kept, in ms. @default 90000 */
  readonly keepAliveMs?: number;
  /** Longest wait for a connection (DNS, TCP, TLS), in ms. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** Whether HTTP/2 is offered to `https:` hosts (ALPN). @default false */
  readonly http2?: boolean;
  /** Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment are followed. @default true */
  readonly proxyFromEnv?: boolean;
  /** Certificate authorities (PEM) in place of the system's. */
  readonly ca?: string;
}

export type ResolvedPoolOptions = Required<Omit<PoolOptions, 'ca'>> & Pick<PoolOptions, 'ca'>;

const timer = integerFrom(1, 2 ** 31 - 1);
/** `PoolOptions`, as their user writes them. */
export const poolSchema = optionsOf({
  connectionsPerHost: integerFrom(1),
  keepAliveMs: timer,
  connectTimeoutMs: timer,
  http2: flag,
  proxyFromEnv: flag,
  ca: nonEmptyText,
});

/** @throws {InvalidConfigError} naming the option and its value */
export function resolvePoolOptions(options: PoolOptions): ResolvedPoolOptions {
  checkOptions(poolSchema, options, ['ca']);
  return {
    connectionsPerHost: options.connectionsPerHost ?? 10,
    keepAliveMs: options.keepAliveMs ?? 90_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    http2: options.http2 ?? false,
    proxyFromEnv: options.proxyFromEnv ?? true,
    ...(options.ca !== undefined && { ca: options.ca }),
  };
}
