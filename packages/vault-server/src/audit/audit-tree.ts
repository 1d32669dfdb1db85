import { setImmediate } from 'node:timers/promises';

import { type ArchiveStore } from '../store/archive-store.ts';
import { consistencyPath, emptyRoot, inclusionPath, leafHash, nodeHash, splitOf } from './merkle-tree.ts';

const blockLeaves = 256;

/**
 * The Merkle tree over the audit entries of each tenant: leaf `i` is the hash of the entry with sequence `i + 1`. Whole
 * subtrees of 256 leaves and more never change, so they are kept: 64 bytes per 256 entries. The first proof after a
 * start reads the hash of every entry once.
 */
export class AuditTree {
  readonly #store: ArchiveStore;
  readonly #wholeSubtrees = new Map<string, Uint8Array>();

  constructor(store: ArchiveStore) {
    this.#store = store;
  }

  /** The root over the first `size` entries. */
  root(tenant: string, size: number): Promise<Uint8Array> {
    return size === 0 ? Promise.resolve(emptyRoot) : this.#hash(tenant, 0, size);
  }

  /** @param sequence 1 to `size` */
  inclusion(tenant: string, sequence: number, size: number): Promise<Uint8Array[]> {
    return inclusionPath(sequence - 1, size, (start, end) => this.#hash(tenant, start, end));
  }

  /** @param from 1 to `size` */
  consistency(tenant: string, from: number, size: number): Promise<Uint8Array[]> {
    return consistencyPath(from, size, (start, end) => this.#hash(tenant, start, end));
  }

  async #hash(tenant: string, start: number, end: number): Promise<Uint8Array> {
    const size = end - start;
    if (size <= blockLeaves) return this.#block(tenant, start, end);
    const isWhole = Number.isInteger(Math.log2(size));
    const key = isWhole ? JSON.stringify([tenant, start, size]) : undefined;
    const known = key !== undefined && this.#wholeSubtrees.get(key);
    if (known) return known;
    const middle = start + splitOf(size);
    const hash = nodeHash(await this.#hash(tenant, start, middle), await this.#hash(tenant, middle, end));
    if (key !== undefined) this.#wholeSubtrees.set(key, hash);
    return hash;
  }

  async #block(tenant: string, start: number, end: number): Promise<Uint8Array> {
    const key = end - start === blockLeaves ? JSON.stringify([tenant, start, blockLeaves]) : undefined;
    const known = key !== undefined && this.#wholeSubtrees.get(key);
    if (known) return known;
    const entries = await this.#store.auditHashes(tenant, start, end - start);
    if (entries.length !== end - start) throw new Error('the audit chain is shorter than its head says');
    const hash = rootOf(entries.map((entry) => leafHash(Buffer.from(entry, 'hex'))));
    if (key !== undefined) {
      this.#wholeSubtrees.set(key, hash);
      // A store that answers at once would keep the event loop while a long chain is read.
      await setImmediate();
    }
    return hash;
  }
}

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes;
  if (first && hashes.length === 1) return first;
  const middle = splitOf(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, middle)), rootOf(hashes.slice(middle)));
}
