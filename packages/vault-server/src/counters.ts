type Labels = Readonly<Record<string, string>>;

/** Counters of one name, by their labels. */
export class Counters {
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  /** @param told those that are told from the start, at 0 */
  constructor(told: readonly Labels[] = []) {
    for (const labels of told) this.add(labels, 0);
  }

  add(labels: Labels, by: number): void {
    const key = Object.values(labels).join(' ');
    const held = this.#values.get(key);
    if (held) held.value += by;
    else this.#values.set(key, { labels, value: by });
  }

  get samples(): readonly { readonly labels: Labels; readonly value: number }[] {
    return [...this.#values.values()];
  }
}
