import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import type { Fetch } from '../fetch.ts';
import { IncomingBody } from './incoming-body.ts';
import { LightResponse } from './light-response.ts';
import { resolvePoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool-options.ts';
import { PoolMeter, type PoolStats } from './pool-meter.ts';
import { targetOf } from './target.ts';

/** A pooled transport. */
export interface PooledFetch extends AsyncDisposable {
  /** For `HttpClient` and the clients. Takes text and bytes as body. */
  readonly fetch: Fetch;
  /** Connections and requests as they stand now. */
  stats(): PoolStats;
  /** Lets what is under way finish, then closes every connection. */
  close(): Promise<void>;
}

function isProxyNamed(env: NodeJS.ProcessEnv): boolean {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => env[name]);
}

/** Names and values in turn, as undici wants them. */
function headerList(headers: RequestInit['headers']): string[] {
  if (headers === undefined) return [];
  if (Object.getPrototypeOf(headers) !== Object.prototype) return [...new Headers(headers)].flat();
  const list: string[] = [];
  const plain = headers as Record<string, string>;
  for (const name of Object.keys(plain)) list.push(name, plain[name] as string);
  return list;
}

function agentFor(options: ResolvedPoolOptions, meter: PoolMeter): Agent | EnvHttpProxyAgent {
  const connect = {
    timeout: options.connectTimeoutMs,
    minVersion: 'TLSv1.2',
    allowH2: options.http2,
    ...(options.ca !== undefined && { ca: options.ca }),
  } as const;
  const settings: Agent.Options = {
    connections: options.connectionsPerHost,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    allowH2: options.http2,
    // The policy of the call bounds headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect,
    factory: meter.poolOf,
  };
  // Asked once here: an agent that looks for a proxy at every request costs a tenth of it.
  if (!options.proxyFromEnv || !isProxyNamed(process.env)) return new Agent(settings);
  // Behind a proxy `connect` is not looked at: there are two connections to make, to the proxy and through it.
  return new EnvHttpProxyAgent({ ...settings, proxyTls: connect, requestTls: connect });
}

/**
 * A `fetch` over a pool of kept connections (undici), several times faster than the global one. The agent and the
 * function that dispatches are of the same undici; a dispatcher of one version does not work with another.
 *
 * @example
 * await using pool = pooledFetch();
 * const registry = new RegistryClient({ fetch: pool.fetch });
 *
 * @throws {InvalidConfigError} naming the option and its value
 */
export function pooledFetch(options: PoolOptions = {}): PooledFetch {
  const meter = new PoolMeter();
  const agent = agentFor(resolvePoolOptions(options), meter);
  return {
    fetch: (url, init) => dispatch(agent, meter, url, init),
    stats: () => meter.stats(),
    close: () => agent.close(),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

function dispatch(agent: Dispatcher, meter: PoolMeter, url: string, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? undefined;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const { origin, path } = targetOf(url);
    const method = init.method ?? 'GET';
    const headers = headerList(init.headers);
    const body = (init.body ?? null) as string | Uint8Array | null;
    let controller: Dispatcher.DispatchController | undefined;
    let incoming: IncomingBody | undefined;
    const onAbort = (): void => {
      const reason = signal?.reason as Error;
      reject(reason);
      if (controller) controller.abort(reason);
      // It stays in the queue until its turn, but nobody waits for it.
      else metered.ended();
    };
    const metered = meter.started();
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      metered.ended();
    };
    const fail = (error: unknown): void => {
      settle();
      const failure = signal?.aborted ? (signal.reason as Error) : error;
      if (incoming) incoming.error(failure);
      else reject(new TypeError('fetch failed', { cause: failure }));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      agent.dispatch(
        { origin, path, method, headers, body },
        {
          onRequestStart: (c) => {
            controller = c;
            metered.sent();
            // Queued until now, and given up meanwhile.
            if (signal?.aborted) c.abort(signal.reason as Error);
          },
          onResponseStart: (c, status, responseHeaders, statusText = '') => {
            if (status < 200) return;
            incoming = new IncomingBody(c);
            resolve(new LightResponse(url, status, statusText, responseHeaders, incoming) as unknown as Response);
          },
          onResponseData: (_c, chunk) => incoming?.data(chunk),
          onResponseEnd: () => {
            settle();
            incoming?.end();
          },
          onResponseError: (_c, error) => fail(error),
        },
      );
    } catch (error) {
      fail(error);
    }
  });
}
