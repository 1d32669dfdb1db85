import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import type { Fetch } from '../fetch.ts';
import { IncomingBody } from './incoming-body.ts';
import { LightResponse } from './light-response.ts';
import { resolvePoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool-options.ts';
import { targetOf } from './target.ts';
import { PoolMeter, type PoolStats } from './pool-stats.ts';

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
  const isPlain = Object.getPrototypeOf(headers) === Object.prototype;
  return (isPlain ? Object.entries(headers as Record<string, string>) : [...new Headers(headers)]).flat();
}

function agentFor(options: ResolvedPoolOptions): Agent | EnvHttpProxyAgent {
  const settings: Agent.Options = {
    connections: options.connectionsPerHost,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    allowH2: options.http2,
    // The policy of the call bounds headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: options.connectTimeoutMs,
      minVersion: 'TLSv1.2',
      ...(options.ca !== undefined && { ca: options.ca }),
    },
  };
  // Asked once here: an agent that looks for a proxy at every request costs a tenth of it.
  return options.proxyFromEnv && isProxyNamed(process.env) ? new EnvHttpProxyAgent(settings) : new Agent(settings);
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
  const agent = agentFor(resolvePoolOptions(options));
  const meter = new PoolMeter(agent);
  return {
    fetch: (url, init) => dispatch(agent, meter, url, init),
    stats: () => meter.stats(),
    close: () => agent.close(),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

function dispatch(agent: Dispatcher, meter: PoolMeter, url: string, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? undefined;
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  const { origin, path } = targetOf(url);
  const method = init.method ?? 'GET';
  const headers = headerList(init.headers);
  const body = init.body as string | Uint8Array | null | undefined;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let incoming: IncomingBody | undefined;
    const onAbort = (): void => {
      const reason = signal?.reason as Error;
      reject(reason);
      controller?.abort(reason);
    };
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      meter.ended();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    meter.started();
    agent.dispatch(
      { origin, path, method, headers, body: body ?? null },
      {
        onRequestStart: (c) => {
          controller = c;
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
        onResponseError: (_c, error) => {
          settle();
          const failure = signal?.aborted ? (signal.reason as Error) : error;
          if (incoming) incoming.error(failure);
          else reject(new TypeError('fetch failed', { cause: failure }));
        },
      },
    );
  });
}
