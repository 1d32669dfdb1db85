import type { AnswerUsage } from './answer-usage.ts';
import { EventStream } from './sse.ts';

/** Looks for usage in the bytes of an answer. */
export interface AnswerReader {
  /** @returns true once nothing more is to come */
  push(bytes: Uint8Array): boolean;
  end(): void;
  /** Why what was read may not be all. */
  readonly problem: 'too-large' | 'unreadable' | undefined;
}

/** An answer that is one JSON value. */
export class JsonReader implements AnswerReader {
  readonly #usage: AnswerUsage;
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #text = '';
  #size = 0;
  problem: AnswerReader['problem'];

  constructor(usage: AnswerUsage, limit: number) {
    this.#usage = usage;
    this.#limit = limit;
  }

  push(bytes: Uint8Array): boolean {
    this.#size += bytes.byteLength;
    if (this.#size <= this.#limit) this.#text += this.#decoder.decode(bytes, { stream: true });
    else this.#text = '';
    return false;
  }

  end(): void {
    if (this.#size > this.#limit) {
      this.problem = 'too-large';
      return;
    }
    try {
      this.#usage.answer(JSON.parse(this.#text + this.#decoder.decode()));
    } catch {
      this.problem = 'unreadable';
    }
  }
}

/** An answer that is a stream of server-sent events. */
export class EventReader implements AnswerReader {
  readonly #events: EventStream;
  readonly #usage: AnswerUsage;
  readonly #everything: boolean;
  #done = false;
  #broken = false;

  /** @param everything parse also what cannot hold usage, to measure the answer */
  constructor(usage: AnswerUsage, limit: number, everything: boolean) {
    this.#usage = usage;
    this.#everything = everything;
    this.#events = new EventStream(limit, (data) => this.#event(data));
  }

  get problem(): AnswerReader['problem'] {
    if (this.#events.skipped) return 'too-large';
    return this.#broken ? 'unreadable' : undefined;
  }

  push(bytes: Uint8Array): boolean {
    this.#events.push(bytes);
    return this.#done;
  }

  end(): void {
    this.#events.end();
  }

  #event(data: string): void {
    if (data === '[DONE]') this.#done = true;
    if (this.#done) return;
    if (!this.#everything && !data.includes('"usage"') && !data.includes('"message_stop"')) return;
    try {
      this.#done = this.#usage.event(JSON.parse(data));
    } catch {
      this.#broken = true;
    }
  }
}
