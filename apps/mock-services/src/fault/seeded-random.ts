import { createHash } from 'node:crypto';

/**
 * Random numbers that depend only on a seed and the name of their stream (sfc32, Chris Doty-Humphrey's PractRand). A
 * stream of its own for each fault keeps one from shifting the others.
 */
export class SeededRandom {
  readonly #state: Uint32Array;

  constructor(seed: number, stream: string) {
    const digest = createHash('sha256')
      .update(`${String(seed)}\n${stream}`)
      .digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
  }

  /** In [0, 1). */
  next(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, count = 0] = state;
    const sum = a + b + count;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = count + 1;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Around 0 with standard deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
