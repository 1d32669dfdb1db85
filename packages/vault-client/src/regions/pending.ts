/** Archives about which regions may disagree, until somebody looks; a bounded number of them. */
export class Pending {
  readonly #ids = new Set<string>();
  readonly #max: number;
  readonly #forgotten: (archiveId: string) => void;

  constructor(max: number, forgotten: (archiveId: string) => void) {
    this.#max = max;
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#ids.size;
  }

  add(archiveId: string): void {
    if (this.#ids.size < this.#max || this.#ids.has(archiveId)) this.#ids.add(archiveId);
    else this.#forgotten(archiveId);
  }

  /** Takes all of them out. */
  take(): string[] {
    const ids = [...this.#ids];
    this.#ids.clear();
    return ids;
  }
}
