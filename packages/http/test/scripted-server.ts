import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request. */
export type Step = (response: ServerResponse, request: Seen) => void;

/** A real server on 127.0.0.1 that answers by script: one step per request, the last one for all that follow. */
export async function scriptedServer(...steps: Step[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const step = steps[Math.min(seen.length, steps.length - 1)];
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      step?.(response, one);
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A complete answer. */
export function answer(status: number, body: unknown = {}, headers: Record<string, string> = {}): Step {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(status === 204 ? undefined : text);
  };
}

/** Problem details (RFC 9457). */
export function problem(status: number, fields: object = {}, headers: Record<string, string> = {}): Step {
  return answer(
    status,
    { type: '/problems/test', title: 'Test', status, ...fields },
    {
      'content-type': 'application/problem+json',
      ...headers,
    },
  );
}

/** Headers and the first bytes of the body, then nothing more. */
export const stalledBody: Step = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"a":');
};

/** Headers and half of the body, then a reset. */
export const cutBody: Step = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"a":', () => response.socket?.destroy());
};

/** The connection dies before a byte of the answer. */
export const reset: Step = (response) => {
  response.socket?.resetAndDestroy();
};

/** Takes the request and says nothing. */
export const silent: Step = () => undefined;

/** Sends bytes as they are, whatever they mean in HTTP, and closes. */
export function raw(bytes: string): Step {
  return (response) => void response.socket?.end(bytes, 'latin1');
}

/** Writes a piece again and again, a few ms apart, until the other side goes. */
function trickle(response: ServerResponse, piece: string): void {
  const { socket } = response;
  const timer = setInterval(() => socket?.write(piece), 5);
  socket?.on('close', () => clearInterval(timer));
}

/** Headers that never end, a byte at a time. */
export const slowHeaders: Step = (response) => {
  response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  trickle(response, 'z');
};

/** A body that never ends, a byte at a time. */
export const slowBody: Step = (response) => {
  response.socket?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  trickle(response, '1\r\nz\r\n');
};
