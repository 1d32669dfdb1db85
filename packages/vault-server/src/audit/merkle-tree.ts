import { hash as digest } from 'node:crypto';

/** The Merkle tree of RFC 9162, section 2.1, over SHA-256. Hashes are 32 bytes. */

export function leafHash(data: Uint8Array): Buffer {
  return digest('sha256', Buffer.concat([leafPrefix, data]), 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return digest('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer');
}

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** The root of a tree without leaves. */
export const emptyRoot = digest('sha256', '', 'buffer');

/** Gives the hash of the subtree over the leaves from `start` to before `end`, at least one. */
export type SubtreeHash = (start: number, end: number) => Promise<Uint8Array>;

/** The largest power of two below `size`, which is at least 2: where a tree of that size splits. */
export function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}

/** `PATH(index, D[size])`: the hashes beside the way from a leaf up to the root. */
export async function inclusionPath(index: number, size: number, hashOf: SubtreeHash): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  for (let start = 0, end = size, at = index; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (at < middle) {
      path.unshift(await hashOf(middle, end));
      end = middle;
    } else {
      path.unshift(await hashOf(start, middle));
      start = middle;
    }
  }
  return path;
}

/** `PROOF(from, D[size])`: what shows that the tree of the first `from` leaves, 1 to `size`, is in the one of all. */
export async function consistencyPath(from: number, size: number, hashOf: SubtreeHash): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (from < end) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      path.unshift(await hashOf(middle, end));
      end = middle;
    } else {
      path.unshift(await hashOf(start, middle));
      start = middle;
    }
  }
  // The subtree that both share is the older root itself when it starts at the beginning: then it is known.
  if (start > 0) path.unshift(await hashOf(start, end));
  return path;
}

/** The root that a leaf leads to along an inclusion path (section 2.1.3.2); `undefined` for a path that cannot be. */
export function rootByInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!(index < size)) return undefined;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : undefined;
}

/** Whether a consistency path leads from the older root to the newer (section 2.1.4.2). */
export function isConsistent(
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return path.length === 0 && equal(older.root, newer.root);
  if (older.size === 0) return path.length === 0;
  const whole = Number.isInteger(Math.log2(older.size));
  const [first, ...rest] = whole ? [older.root, ...path] : path;
  if (!first) return false;
  let [node, last] = [older.size - 1, newer.size - 1];
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let [oldHash, newHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equal(oldHash, older.root) && equal(newHash, newer.root);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Grows a tree leaf by leaf and tells its root at any time, in memory for the logarithm of its size. */
export class GrowingTree {
  /** Roots of whole subtrees, the largest first; `size` in binary says how large each is. */
  readonly #roots: Buffer[] = [];
  #size = 0;

  add(data: Uint8Array): void {
    let hash = leafHash(data);
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2))
      hash = nodeHash(this.#roots.pop() as Buffer, hash);
    this.#roots.push(hash);
    this.#size++;
  }

  root(): Uint8Array {
    if (this.#size === 0) return emptyRoot;
    return this.#roots.reduceRight((right, left) => nodeHash(left, right));
  }
}
