/** A Merkle tree over SHA-256 as RFC 9162 (and RFC 6962 before it) defines it, section 2.1. */

async function sha256(prefix: number, ...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  // Leaves and nodes are hashed apart, so that a node cannot pass for a leaf.
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function leafHash(leaf: Uint8Array): Promise<Uint8Array> {
  return sha256(0, leaf);
}

async function above(nodes: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const parents: Promise<Uint8Array>[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const [left, right] = [nodes[i] as Uint8Array, nodes[i + 1]];
    // One that is left over goes up as it is: the tree is split at the largest power of two.
    parents.push(right ? sha256(1, left, right) : Promise.resolve(left));
  }
  return Promise.all(parents);
}

/** The root over leaf hashes; of none, the hash of nothing. */
export async function merkleRoot(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 0) return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array()));
  let nodes = leaves;
  while (nodes.length > 1) nodes = await above(nodes);
  return nodes[0] as Uint8Array;
}

/** The hashes that lead from a leaf to the root, from below. */
export async function inclusionPath(leaves: readonly Uint8Array[], index: number): Promise<readonly Uint8Array[]> {
  const path: Uint8Array[] = [];
  let nodes = leaves;
  for (let at = index; nodes.length > 1; at >>= 1) {
    const sibling = nodes[at ^ 1];
    if (sibling) path.push(sibling);
    nodes = await above(nodes);
  }
  return path;
}

/** The root that a path leads to (section 2.1.3.2); undefined when the path does not fit the place. */
export async function rootOfPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return undefined;
  let node = leaf;
  let last = size - 1;
  let at = index;
  for (const sibling of path) {
    if (last === 0) return undefined;
    // A node without a right neighbour goes up until it is one itself.
    while (at % 2 === 0 && at === last && last > 0) {
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    if (last === 0) return undefined;
    node = at % 2 === 1 ? await sha256(1, sibling, node) : await sha256(1, node, sibling);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  while (at % 2 === 0 && at === last && last > 0) {
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : undefined;
}
