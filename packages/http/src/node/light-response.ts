import type { IncomingHttpHeaders } from 'node:http';
import { collectBody, peekHeader, type Collectable } from '../body.ts';
import { highWaterBytes, type IncomingBody } from './incoming-body.ts';

/**
 * As much of `Response` as a client reads, without the web streams, header lists and body mix-ins that make the global
 * one slow: headers are converted when they are looked at, the body is a stream only when it is asked for.
 */
export class LightResponse implements Collectable {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly type = 'basic';
  readonly redirected = false;
  readonly #raw: IncomingHttpHeaders;
  readonly #incoming: IncomingBody;
  #headers: Headers | undefined;
  #stream: ReadableStream<Uint8Array> | undefined;

  constructor(url: string, status: number, statusText: string, headers: IncomingHttpHeaders, body: IncomingBody) {
    this.url = url;
    this.status = status;
    this.statusText = statusText;
    this.#raw = headers;
    this.#incoming = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get headers(): Headers {
    if (this.#headers) return this.#headers;
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#raw)) {
      if (typeof value === 'string') headers.set(name, value);
      else for (const one of value ?? []) headers.append(name, one);
    }
    return (this.#headers = headers);
  }

  [peekHeader](name: string): string | undefined {
    const value = this.#raw[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get bodyUsed(): boolean {
    return this.#incoming.used;
  }

  get body(): ReadableStream<Uint8Array> {
    return (this.#stream ??= this.#openStream());
  }

  #openStream(): ReadableStream<Uint8Array> {
    const incoming = this.#incoming;
    const source: UnderlyingDefaultSource<Uint8Array> = {
      start: (controller) =>
        incoming.read({
          data: (chunk) => {
            controller.enqueue(chunk);
            if ((controller.desiredSize ?? 1) <= 0) incoming.pause();
          },
          end: () => controller.close(),
          error: (reason) => controller.error(reason),
        }),
      pull: () => incoming.resume(),
      cancel: (reason) => incoming.cancel(reason),
    };
    return new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: highWaterBytes }));
  }

  /** The whole body without a stream in between. */
  [collectBody](limit: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      incoming.read({
        data: (chunk) => {
          size += chunk.length;
          if (size <= limit) chunks.push(chunk);
          else {
            resolve(undefined);
            incoming.cancel(undefined);
          }
        },
        end: () => resolve(Buffer.concat(chunks, size)),
        error: reject,
      });
    });
  }

  async #whole(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this[collectBody](Infinity)) as Uint8Array<ArrayBuffer>;
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#whole();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#whole();
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#whole());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.#whole()], { type: this.headers.get('content-type') ?? '' });
  }
}
