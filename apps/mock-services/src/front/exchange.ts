import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** What node-server hands to a `fetch` handler beside the request. */
export interface NodeEnv {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** One request on its connection: for what cannot be said with a `Response`. */
export class Exchange {
  /** Aborts when the client leaves before it was answered. */
  readonly gone: AbortSignal;
  readonly #outgoing: ServerResponse;
  readonly #leave = new AbortController();

  /** @param left called when the client leaves before it was answered and nobody here cut the connection */
  constructor({ outgoing }: NodeEnv, left: () => void) {
    this.#outgoing = outgoing;
    this.gone = this.#leave.signal;
    outgoing.once('close', () => {
      if (outgoing.writableFinished || this.gone.aborted) return;
      this.#leave.abort();
      left();
    });
  }

  /** @throws the abort reason when the client leaves meanwhile */
  async sleep(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.gone });
  }

  /** Breaks the connection; what was not sent is lost. */
  reset(): void {
    this.#leave.abort();
    const { socket } = this.#outgoing;
    // Only TCP can say "reset"; below TLS the connection just ends.
    if (socket && !('encrypted' in socket)) socket.resetAndDestroy();
    else socket?.destroy();
  }

  /** Sends the head of an answer and a part of its body, then ends the connection. */
  sendPart(answer: Response, part: Uint8Array, length: number): void {
    const headers = { ...Object.fromEntries(answer.headers), 'content-length': String(length) };
    this.#leave.abort();
    this.#outgoing.writeHead(answer.status, headers);
    this.#outgoing.flushHeaders();
    if (part.length > 0) this.#outgoing.write(part);
    // An orderly end, because a reset may take along what the client has not read yet.
    this.#outgoing.socket?.destroySoon();
  }
}
