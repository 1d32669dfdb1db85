import { once } from 'node:events';
import { createServer as createSecureServer, get as secureGet } from 'node:https';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpClient, InvalidConfigError, nothing, type Fetch } from '../src/index.ts';
import { resolvePoolOptions } from '../src/node/pool-options.ts';
import { pooledFetch, type PoolOptions } from '../src/node/index.ts';
import { failureOf, get } from './over-transports.ts';
import { selfSigned } from './tls.ts';

const once1 = { maxAttempts: 1 };
let certificate: Awaited<ReturnType<typeof selfSigned>>;
beforeAll(async () => {
  certificate = await selfSigned();
});
afterEach(() => vi.unstubAllEnvs());

/** Listens on a free port until the end of the test. */
async function listening<S extends TcpServer>(server: S, protocol = 'http') {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    sockets,
    host: `127.0.0.1:${String(port)}`,
    url: `${protocol}://127.0.0.1:${String(port)}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

const ok: RequestListener = (_request, response) => void response.end('{}');
const plain = (handler: RequestListener = ok): Promise<Awaited<ReturnType<typeof listening<Server>>>> =>
  listening(createServer({ keepAliveTimeout: 600_000 }, handler));

function pool(options: PoolOptions = {}) {
  return pooledFetch({ proxyFromEnv: false, ...options });
}

async function read(fetch: Fetch, url: string): Promise<Response> {
  const response = await fetch(url, { method: 'GET', headers: {} });
  await response.text();
  return response;
}

/** A server that holds every request until told. */
async function held() {
  const waiting: (() => void)[] = [];
  const server = await plain((_request, response) => void waiting.push(() => response.end('{}')));
  const release = (): void => waiting.splice(0).forEach((answer) => answer());
  return Object.assign(server, { waiting, release });
}

describe('connections', () => {
  it('are as the contract says unless told otherwise', () => {
    expect(resolvePoolOptions({})).toEqual({
      connectionsPerHost: 10,
      keepAliveMs: 90_000,
      connectTimeoutMs: 10_000,
      http2: false,
      proxyFromEnv: true,
    });
  });

  it('are at most ten per host; more requests queue, none is lost', async () => {
    await using server = await held();
    await using transport = pool();
    const calls = Array.from({ length: 25 }, () => read(transport.fetch, server.url));
    await vi.waitFor(() => expect(server.waiting).toHaveLength(10));
    expect(transport.stats()).toEqual({ open: 10, busy: 25, queued: 15, reused: 0, connects: 10 });
    server.server.on('request', (_request, response) => response.end('{}'));
    const released = setInterval(server.release, 1);
    const answers = await Promise.all(calls).finally(() => clearInterval(released));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(server.sockets.size).toBe(10);
    await vi.waitFor(() =>
      expect(transport.stats()).toEqual({ open: 10, busy: 0, queued: 0, reused: 15, connects: 10 }),
    );
  });

  it('are kept and used again', async () => {
    await using server = await plain();
    await using transport = pool();
    for (let i = 0; i < 10; i++) await read(transport.fetch, server.url);
    // A request that is made the moment the one before ends may still find its connection busy.
    expect(server.sockets.size).toBeLessThanOrEqual(2);
    const connects = server.sockets.size;
    expect(transport.stats()).toEqual({ open: connects, busy: 0, queued: 0, reused: 10 - connects, connects });
  });

  it('are counted host by host', async () => {
    await using one = await plain();
    await using two = await plain();
    await using transport = pool({ connectionsPerHost: 1 });
    await Promise.all([one, two, one, two].map(({ url }) => read(transport.fetch, url)));
    expect(transport.stats()).toMatchObject({ open: 2, reused: 2, connects: 2 });
  });

  it('are closed when they idled for keepAliveMs', async () => {
    await using server = await plain();
    await using transport = pool({ keepAliveMs: 1 });
    await read(transport.fetch, server.url);
    await vi.waitFor(() => expect(transport.stats().open).toBe(0), { timeout: 30_000 });
    await read(transport.fetch, server.url);
    expect(transport.stats()).toMatchObject({ reused: 0, connects: 2 });
  });

  it('are given up after connectTimeoutMs', async () => {
    // Takes connections and says nothing, so TLS never comes about.
    await using mute = await listening(createTcpServer(), 'https');
    await using transport = pool({ connectTimeoutMs: 50 });
    const http = new HttpClient({ baseUrl: mute.url, service: 'Test', fetch: transport.fetch, retry: once1 });
    const error = await failureOf(http.call(get, nothing));
    expect(error).toMatchObject({ code: 'connection', retryable: true });
    expect(error.message).toBe('no answer from Test to GET /things/x: UND_ERR_CONNECT_TIMEOUT');
    expect(transport.stats()).toEqual({ open: 0, busy: 0, queued: 0, reused: 0, connects: 0 });
  });

  it('that cannot be made leave nothing behind', async () => {
    const gone = await plain();
    await gone[Symbol.asyncDispose]();
    await using transport = pool();
    await expect(read(transport.fetch, gone.url)).rejects.toThrow('fetch failed');
    expect(transport.stats()).toEqual({ open: 0, busy: 0, queued: 0, reused: 0, connects: 0 });
  });

  it('of a request that was given up while it waited serve the others', async () => {
    await using server = await held();
    await using transport = pool({ connectionsPerHost: 1 });
    const first = read(transport.fetch, server.url);
    await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
    const controller = new AbortController();
    const reason = new Error('enough');
    const { signal } = controller;
    const second = transport.fetch(server.url, { method: 'GET', headers: {}, signal });
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(transport.stats()).toMatchObject({ busy: 1, queued: 0 });
    server.release();
    await first;
    const third = read(transport.fetch, server.url);
    await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
    server.release();
    await third;
    await vi.waitFor(() => expect(transport.stats()).toMatchObject({ busy: 0, queued: 0 }));
  });

  it('are closed by close(), after what is under way', async () => {
    await using server = await held();
    const transport = pool();
    const call = read(transport.fetch, server.url);
    await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
    const closed = transport.close();
    server.release();
    expect((await call).status).toBe(200);
    await closed;
    expect(transport.stats()).toMatchObject({ open: 0, busy: 0 });
    await expect(read(transport.fetch, server.url)).rejects.toThrow('fetch failed');
    expect(transport.stats()).toMatchObject({ busy: 0, queued: 0 });
  });

  it.each<[object, string]>([
    [{ connectionsPerHost: 0 }, 'connectionsPerHost must be an integer >= 1, got 0'],
    [{ keepAliveMs: 0.5 }, 'keepAliveMs must be an integer from 1 to 2147483647, got 0.5'],
    [{ connectTimeoutMs: Infinity }, 'connectTimeoutMs must be an integer from 1 to 2147483647, got Infinity'],
    [{ http2: 'yes' }, 'http2 must be true or false, got "yes"'],
    [{ ca: '' }, 'ca must not be empty'],
    [{ keepAlive: true }, 'there is no option keepAlive'],
  ])('%j is refused', (options, message) => {
    expect(() => pooledFetch(options)).toThrow(InvalidConfigError);
    expect(() => pooledFetch(options)).toThrow(message);
  });
});

describe('H3: the dispatcher', () => {
  it('is never handed to the global fetch, which is not used at all', async () => {
    const globalFetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('not this one'));
    try {
      await using server = await plain();
      await using transport = pool();
      const seen: RequestInit[] = [];
      const fetch: Fetch = (url, init) => {
        seen.push(init);
        return transport.fetch(url, init);
      };
      const http = new HttpClient({ baseUrl: server.url, fetch });
      await http.call(get, nothing);
      expect(globalFetch).not.toHaveBeenCalled();
      expect(seen[0]).not.toHaveProperty('dispatcher');
    } finally {
      globalFetch.mockRestore();
    }
  });
});

describe('TLS', () => {
  const secure = (options: object = {}) => listening(createSecureServer({ ...certificate, ...options }, ok), 'https');

  it('trusts the authorities in `ca`, and no others', async () => {
    await using server = await secure();
    await using trusting = pool({ ca: certificate.cert });
    expect((await read(trusting.fetch, server.url)).status).toBe(200);
    await using wary = pool();
    const http = new HttpClient({ baseUrl: server.url, service: 'Test', fetch: wary.fetch, retry: once1 });
    const error = await failureOf(http.call(get, nothing));
    expect(error.message).toBe('no answer from Test to GET /things/x: DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('is at least 1.2, whatever the process allows', async () => {
    await using old = await secure({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await using transport = pool({ ca: certificate.cert });
    const defaults = { min: tls.DEFAULT_MIN_VERSION, ciphers: tls.DEFAULT_CIPHERS };
    Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1.1', DEFAULT_CIPHERS: 'DEFAULT@SECLEVEL=0' });
    try {
      // Node itself would talk to it.
      const request = secureGet(old.url, { ca: certificate.cert, agent: false });
      const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
      response.resume();
      expect(response.statusCode).toBe(200);
      await expect(read(transport.fetch, old.url)).rejects.toThrow('fetch failed');
    } finally {
      Object.assign(tls, { DEFAULT_MIN_VERSION: defaults.min, DEFAULT_CIPHERS: defaults.ciphers });
    }
    await using new12 = await secure({ maxVersion: 'TLSv1.2' });
    expect((await read(transport.fetch, new12.url)).status).toBe(200);
  });

  it('carries HTTP/2 only when asked to', async () => {
    const server = createHttp2Server({ ...certificate, allowHTTP1: true }, (request, response) => {
      response.setHeader('x-version', request.httpVersion);
      response.end('{}');
    });
    await using both = await listening(server, 'https');
    await using one = pool({ ca: certificate.cert });
    expect((await read(one.fetch, both.url)).headers.get('x-version')).toBe('1.1');
    await using two = pool({ ca: certificate.cert, http2: true });
    expect((await read(two.fetch, both.url)).headers.get('x-version')).toBe('2.0');
    const http = new HttpClient({ baseUrl: both.url, fetch: two.fetch });
    const answers = await Promise.all(Array.from({ length: 20 }, () => http.call(get, nothing)));
    expect(answers.map(({ answer }) => answer.headers.get('x-version'))).toEqual(Array(20).fill('2.0'));
  });
});

describe('a proxy of the environment', () => {
  /** A proxy that notes where it was asked to connect to. */
  async function proxy() {
    const targets: string[] = [];
    const server = createServer((_request, response) => void response.writeHead(500).end());
    server.on('connect', (request, socket: Socket) => {
      targets.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
    return Object.assign(await listening(server), { targets });
  }

  function stubProxy(url: string, except = ''): void {
    for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, url);
    for (const name of ['no_proxy', 'NO_PROXY']) vi.stubEnv(name, except);
  }

  it('is followed, and its connections are counted', async () => {
    await using server = await plain();
    await using via = await proxy();
    stubProxy(via.url);
    await using transport = pooledFetch();
    for (let i = 0; i < 10; i++) expect((await read(transport.fetch, server.url)).status).toBe(200);
    const connects = via.targets.length;
    expect(via.targets).toEqual(Array(connects).fill(server.host));
    expect(connects).toBeLessThanOrEqual(2);
    expect(transport.stats()).toEqual({ open: connects, busy: 0, queued: 0, reused: 10 - connects, connects });
  });

  it('carries TLS under the same rules', async () => {
    await using server = await listening(createSecureServer(certificate, ok), 'https');
    await using via = await proxy();
    stubProxy(via.url);
    await using transport = pooledFetch({ ca: certificate.cert });
    expect((await read(transport.fetch, server.url)).status).toBe(200);
    expect(via.targets).toEqual([server.host]);
    await using wary = pooledFetch();
    await expect(read(wary.fetch, server.url)).rejects.toThrow('fetch failed');
  });

  it('is left out for NO_PROXY, and with proxyFromEnv: false', async () => {
    await using server = await plain();
    await using via = await proxy();
    stubProxy(via.url, '127.0.0.1');
    await using excepted = pooledFetch();
    await read(excepted.fetch, server.url);
    stubProxy(via.url);
    await using direct = pooledFetch({ proxyFromEnv: false });
    await read(direct.fetch, server.url);
    expect(via.targets).toEqual([]);
    expect(excepted.stats()).toMatchObject({ open: 1, connects: 1 });
  });

  it('that refuses is a lost connection', async () => {
    await using server = await plain();
    const refusing = createServer();
    refusing.on('connect', (_request, socket: Socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    );
    await using via = await listening(refusing);
    stubProxy(via.url);
    await using transport = pooledFetch();
    const http = new HttpClient({ baseUrl: server.url, fetch: transport.fetch, retry: once1 });
    expect(await failureOf(http.call(get, nothing))).toMatchObject({ code: 'connection' });
    expect(transport.stats()).toMatchObject({ busy: 0, queued: 0, reused: 0 });
  });
});

describe('the light response', () => {
  it('reads like the global one', async () => {
    await using server = await plain((request, response) => {
      response.writeHead(201, 'Made', [
        ['content-type', 'text/plain'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]);
      response.end(request.url === '/empty' ? '' : '{"text":"ü"}');
    });
    await using transport = pool();
    const ask = (path = '/'): Promise<Response> => transport.fetch(server.url + path, {});
    const light = await ask();
    const real = await fetch(server.url);
    for (const name of ['status', 'statusText', 'ok', 'redirected', 'bodyUsed'] as const)
      expect([name, light[name]]).toEqual([name, real[name]]);
    expect(light.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await light.json()).toEqual(await real.json());
    expect(light.bodyUsed).toBe(true);
    expect(await (await ask()).text()).toBe('{"text":"ü"}');
    expect(new Uint8Array(await (await ask()).arrayBuffer())).toEqual(new TextEncoder().encode('{"text":"ü"}'));
    expect(await (await ask()).bytes()).toEqual(Buffer.from('{"text":"ü"}'));
    expect(await (await (await ask()).blob()).text()).toBe('{"text":"ü"}');
    expect(await Array.fromAsync((await ask()).body ?? [])).toEqual([Buffer.from('{"text":"ü"}')]);
    expect(await (await ask('/empty')).text()).toBe('');
  });

  it('holds the socket back while nobody reads', async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    await using server = await plain((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        while (sent < total) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    await using transport = pool();
    const response = await transport.fetch(server.url, {});
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let received = (await reader.read()).value?.length ?? 0;
    expect(sent).toBeLessThan(total);
    for (let part = await reader.read(); !part.done; part = await reader.read()) received += part.value.length;
    expect(received).toBe(total);
  });
});
