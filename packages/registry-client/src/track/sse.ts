const lineEnd = /\r\n|\r|\n/g;

/** Takes the `data` of server-sent events out of a stream, chunk by chunk (WHATWG HTML, section 9.2.6). */
export class EventStream {
  readonly #decoder = new TextDecoder();
  readonly #onData: (data: string) => void;
  readonly #limit: number;
  #line = '';
  #lineLength = 0;
  #data: string[] = [];
  #size = 0;
  #afterReturn = false;
  #skipped = false;

  /** @param limit characters of one event; a larger one is passed over */
  constructor(limit: number, onData: (data: string) => void) {
    this.#limit = limit;
    this.#onData = onData;
  }

  /** Whether an event was passed over. */
  get skipped(): boolean {
    return this.#skipped;
  }

  push(bytes: Uint8Array): void {
    this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** A last event without the empty line that should end it counts too: some servers leave it out. */
  end(): void {
    this.#read(this.#decoder.decode());
    if (this.#lineLength > 0) this.#endLine();
    this.#dispatch();
  }

  #read(text: string): void {
    let at = 0;
    // A line feed right after a carriage return belongs to it, also when a chunk ends in between.
    if (this.#afterReturn && text !== '') {
      if (text.startsWith('\n')) at = 1;
      this.#afterReturn = false;
    }
    lineEnd.lastIndex = at;
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      this.#add(text.slice(at, end.index));
      this.#endLine();
      at = lineEnd.lastIndex;
      this.#afterReturn = at === text.length && end[0] === '\r';
    }
    this.#add(text.slice(at));
  }

  #add(part: string): void {
    this.#lineLength += part.length;
    this.#size += part.length;
    if (this.#size <= this.#limit) this.#line += part;
  }

  #endLine(): void {
    const line = this.#line;
    const isEmpty = this.#lineLength === 0;
    this.#line = '';
    this.#lineLength = 0;
    if (isEmpty) this.#dispatch();
    else if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }

  #dispatch(): void {
    const data = this.#data.join('\n');
    const whole = this.#size <= this.#limit;
    this.#data = [];
    this.#size = 0;
    if (!whole) this.#skipped = true;
    else if (data !== '') this.#onData(data);
  }
}
