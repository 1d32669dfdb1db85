import type { Journal } from '../journal/journal.ts';
import { entryJson } from './entry-json.ts';

type Controller = ReadableStreamDefaultController<Uint8Array>;

const encoder = new TextEncoder();
const frame = (event: string, data: unknown): Uint8Array =>
  encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

/** Chunks that may wait for a slow reader before it misses some. */
const patience = 500;
const heartbeatMs = 15_000;

/** Server-sent events: `journal` for every request that ended, `change` when something else did. */
export class EventStream {
  readonly #readers = new Map<Controller, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;

  constructor(journal: Journal) {
    this.#unsubscribe = journal.subscribe((entry) => {
      if (this.#readers.size > 0 && entry.outcome !== 'pending') this.#send(frame('journal', entryJson(entry)));
    });
  }

  /** Tells the readers to look again. */
  change(what: string): void {
    if (this.#readers.size > 0) this.#send(frame('change', { what }));
  }

  answer(): Response {
    let own: Controller | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        controller.enqueue(encoder.encode('retry: 1000\n\n'));
        const heartbeat = setInterval(() => controller.enqueue(encoder.encode(':\n\n')), heartbeatMs);
        this.#readers.set(controller, heartbeat.unref());
      },
      cancel: () => {
        if (own) this.#forget(own);
      },
    });
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    });
  }

  /** Ends every stream. */
  close(): void {
    this.#unsubscribe();
    for (const reader of this.#readers.keys()) {
      this.#forget(reader);
      reader.close();
    }
  }

  #send(chunk: Uint8Array): void {
    for (const reader of this.#readers.keys()) if ((reader.desiredSize ?? 0) > -patience) reader.enqueue(chunk);
  }

  #forget(reader: Controller): void {
    clearInterval(this.#readers.get(reader));
    this.#readers.delete(reader);
  }
}
