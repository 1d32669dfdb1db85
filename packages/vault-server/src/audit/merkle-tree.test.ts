import { describe, expect, it } from 'vitest';

import {
  consistencyPath,
  emptyRoot,
  GrowingTree,
  inclusionPath,
  isConsistent,
  leafHash,
  nodeHash,
  rootByInclusion,
  splitOf,
} from './merkle-tree.ts';

// The leaves and roots that implementations of Certificate Transparency test with.
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = Array.from({ length: 70 }, (_, i) =>
  leafHash(Buffer.from(inputs[i] ?? String(i), i < 8 ? 'hex' : 'utf8')),
);

/** Straight from the definition. */
function subtree(start: number, end: number): Uint8Array {
  if (end === start) return emptyRoot;
  if (end - start === 1) return leaves[start]!;
  const middle = start + splitOf(end - start);
  return nodeHash(subtree(start, middle), subtree(middle, end));
}
const hashOf = (start: number, end: number): Promise<Uint8Array> => Promise.resolve(subtree(start, end));
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

describe('the Merkle tree', () => {
  it('has the roots of RFC 6962, also when it grows leaf by leaf', () => {
    const tree = new GrowingTree();
    for (const [size, root] of roots.entries()) {
      expect(hex(subtree(0, size))).toBe(root);
      expect(hex(tree.root())).toBe(root);
      if (size < inputs.length) tree.add(Buffer.from(inputs[size]!, 'hex'));
    }
    for (let size = 8; size < 70; size++) {
      expect(hex(tree.root())).toBe(hex(subtree(0, size)));
      tree.add(Buffer.from(String(size)));
    }
  });

  it('V8: proves every leaf of every size, and no other leaf, place or root', async () => {
    for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 70])
      for (let index = 0; index < size; index++) {
        const path = await inclusionPath(index, size, hashOf);
        const prove = (at = index, of = size, leaf = leaves[index]!, by = path): string =>
          hex(rootByInclusion(at, of, leaf, by) ?? Buffer.alloc(0));
        const root = hex(subtree(0, size));
        expect(prove(), `${index} of ${size}`).toBe(root);
        expect(prove(index, size, leafHash(Buffer.from('other')))).not.toBe(root);
        expect(prove(index ^ 1)).not.toBe(root);
        expect(prove(index, size, leaves[index], [...path, leaves[0]!])).not.toBe(root);
        for (let i = 0; i < path.length; i++) {
          expect(prove(index, size, leaves[index], path.toSpliced(i, 1))).not.toBe(root);
          expect(prove(index, size, leaves[index], path.with(i, leafHash(Buffer.from('other'))))).not.toBe(root);
        }
      }
  });

  it('V8: proves that a tree grew from every older one, and from no other', async () => {
    for (const size of [1, 2, 3, 5, 8, 13, 32, 33])
      for (let from = 1; from <= size; from++) {
        const path = await consistencyPath(from, size, hashOf);
        const older = { size: from, root: subtree(0, from) };
        const newer = { size, root: subtree(0, size) };
        const other = leafHash(Buffer.from('other'));
        expect(isConsistent(older, newer, path), `${from} to ${size}`).toBe(true);
        expect(isConsistent({ ...older, root: other }, newer, path)).toBe(false);
        expect(isConsistent(older, { ...newer, root: other }, path)).toBe(false);
        expect(isConsistent(older, newer, [...path, other])).toBe(false);
        for (let i = 0; i < path.length; i++) {
          expect(isConsistent(older, newer, path.toSpliced(i, 1))).toBe(false);
          expect(isConsistent(older, newer, path.with(i, other))).toBe(false);
        }
      }
    const one = { size: 1, root: subtree(0, 1) };
    expect(isConsistent({ size: 0, root: emptyRoot }, one, [])).toBe(true);
    expect(isConsistent({ size: 2, root: subtree(0, 2) }, one, [])).toBe(false);
  });
});
