import { Agent, request, type IncomingHttpHeaders } from 'node:http';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Speaks HTTP the way the existing Rust client does: nothing is encoded, added or normalized on the way. */
export class RawClient implements Disposable {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #base: URL;
  readonly #key: string | undefined;

  constructor(base: string, key?: string) {
    this.#base = new URL(base);
    this.#key = key;
  }

  send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const all: Record<string, string | number> = { accept: '*/*', ...headers };
    if (this.#key !== undefined && path !== '/health') all['authorization'] = `Bearer ${this.#key}`;
    if (body !== undefined) {
      all['content-type'] = 'application/json';
      all['content-length'] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#base;
      const outgoing = request({ agent: this.#agent, hostname, port, method, path, headers: all }, (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
