/** Whether two streams hold the same bytes, however they are cut. Ends both. */
export async function sameBytes(a: AsyncIterable<Uint8Array>, b: AsyncIterable<Uint8Array>): Promise<boolean> {
  const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()];
  try {
    let [x, y]: (Uint8Array | undefined)[] = [new Uint8Array(0), new Uint8Array(0)];
    for (;;) {
      while (x?.length === 0) x = await pieceOf(left);
      while (y?.length === 0) y = await pieceOf(right);
      if (x === undefined || y === undefined) return x === y;
      const length = Math.min(x.length, y.length);
      for (let i = 0; i < length; i++) if (x[i] !== y[i]) return false;
      [x, y] = [x.subarray(length), y.subarray(length)];
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

async function pieceOf(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const next = await source.next();
  return next.done === true ? undefined : next.value;
}
