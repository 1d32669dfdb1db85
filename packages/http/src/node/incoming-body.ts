import type { Dispatcher } from 'undici';

/** What a reader of a body is told. */
export interface BodyReader {
  data(chunk: Uint8Array): void;
  end(): void;
  error(reason: unknown): void;
}

/** Bytes kept for a reader before the socket is held back. */
export const highWaterBytes = 64 * 1024;

/**
 * The body of one answer between the socket and its reader. Chunks that arrive before anybody reads are kept; more
 * than one buffer's worth of them pauses the socket.
 */
export class IncomingBody {
  readonly #controller: Dispatcher.DispatchController;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #reader: BodyReader | undefined;
  #settled: { readonly error?: unknown } | undefined;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
  }

  /** True once somebody reads; a body is read once. */
  get used(): boolean {
    return this.#reader !== undefined;
  }

  data(chunk: Uint8Array): void {
    // A parser that was paused gives an empty chunk first; to pause it for that would stop it for good.
    if (chunk.length === 0) return;
    if (this.#reader) {
      this.#reader.data(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > highWaterBytes) this.#controller.pause();
  }

  end(): void {
    this.#settled = {};
    this.#reader?.end();
  }

  error(error: unknown): void {
    this.#settled = { error };
    this.#reader?.error(error);
  }

  read(reader: BodyReader): void {
    this.#reader = reader;
    for (const chunk of this.#waiting) reader.data(chunk);
    this.#waiting = [];
    if (!this.#settled) this.resume();
    else if ('error' in this.#settled) reader.error(this.#settled.error);
    else reader.end();
  }

  pause(): void {
    this.#controller.pause();
  }

  resume(): void {
    if (this.#controller.paused) this.#controller.resume();
  }

  /** Ends the exchange; the connection is closed when bytes are still on their way. */
  cancel(reason: unknown): void {
    if (this.#settled) return;
    this.#controller.abort(reason instanceof Error ? reason : new Error('cancelled'));
  }
}
