import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { problemMediaType } from '@llm-memory-graph/contracts';
import type { NodeEnv } from './front/exchange.ts';
import type { FetchHandler } from './front/service-front.ts';
import type { Certificates } from './tls/certificates.ts';
import { StartError, type OptionName } from './start-error.ts';

/** A service that listens. */
export interface Listener {
  readonly url: string;
  /** Ends idle connections at once, lets requests in flight finish for `graceMs`, then ends those too. */
  close(graceMs: number): Promise<void>;
}

/** How a service shows itself over TLS. */
export interface TlsOptions {
  readonly certificates: Certificates;
  /** Asked for every new connection. */
  readonly expires: () => boolean;
}

/** What {@link listen} serves and where. */
export interface ListenOptions {
  readonly fetch: FetchHandler;
  readonly host: string;
  readonly port: number;
  /** Option that gave the port, for the error. */
  readonly portOption: OptionName;
  /** Plain HTTP without it. */
  readonly tls: TlsOptions | undefined;
}

function startError({ host, port, portOption }: ListenOptions, error: NodeJS.ErrnoException): StartError {
  const at = `${host}:${String(port)}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(portOption, 'unavailable', `${at} is in use`, error);
    case 'EACCES':
      return new StartError(portOption, 'unavailable', `no permission to listen at ${at}`, error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new StartError('host', 'unavailable', `${host} is not an address of this machine`, error);
    default:
      return new StartError(portOption, 'unavailable', `cannot listen at ${at}: ${error.message}`, error);
  }
}

/** Answers what cannot even become a `Request`: a target or a `Host` that makes no URL. */
function notUnderstood(): Response {
  const problem = { type: '/problems/bad-request', title: 'Bad request', status: 400 };
  return new Response(JSON.stringify(problem), { status: 400, headers: { 'content-type': problemMediaType } });
}

function setTimeouts(server: Server): void {
  // The existing client keeps idle connections for 90 s; a server that ends them earlier makes it lose requests.
  server.keepAliveTimeout = 95_000;
  server.headersTimeout = 60_000;
  server.requestTimeout = 300_000;
}

type RequestHandler = (request: IncomingMessage, answer: ServerResponse) => void;

function serverOf(tls: TlsOptions | undefined, listener: RequestHandler): Server {
  if (!tls) return createServer(listener);
  const { certificates, expires } = tls;
  const server = createTlsServer(certificates.valid, listener);
  let shown = false;
  // Before the handshake of this connection begins; those that stand keep what they saw.
  server.prependListener('connection', () => {
    const expired = expires();
    if (expired !== shown) server.setSecureContext(expired ? certificates.expired : certificates.valid);
    shown = expired;
  });
  return server;
}

/** Keeps track of the answers that are not finished. */
function answersOf(server: Server): Set<ServerResponse> {
  const open = new Set<ServerResponse>();
  server.on('request', (_request, answer: ServerResponse) => {
    open.add(answer);
    answer.once('close', () => open.delete(answer));
  });
  return open;
}

/** @throws {StartError} `unavailable` */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { fetch, host, port } = options;
  // The global `Request` and `Response` belong to the program that runs the services, so they stay as they are.
  const handle = getRequestListener((request, env) => fetch(request, env as unknown as NodeEnv), {
    overrideGlobalObjects: false,
    errorHandler: notUnderstood,
  });
  const server = serverOf(options.tls, (request, answer) => void handle(request, answer));
  setTimeouts(server);
  const answers = answersOf(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(startError(options, error)));
    server.listen(port, host, resolve);
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${String(actual)}`,
    async close(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const answer of answers) {
        // Without this the connection would stay open, idle, after its answer.
        if (!answer.headersSent) answer.shouldKeepAlive = false;
        answer.once('close', () => setImmediate(() => server.closeIdleConnections()));
      }
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
