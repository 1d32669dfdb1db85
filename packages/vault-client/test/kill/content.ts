/** JSON text of `bytes` bytes, in pieces, that does not compress to nothing. */
export async function* contentOf(bytes: number): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from('"');
  for (let at = 2; at < bytes;) {
    const piece = Array.from({ length: 1_000 }, (_, i) => ((at + i) * 2_654_435_761).toString(36)).join('');
    const fits = Buffer.from(piece).subarray(0, bytes - at);
    at += fits.length;
    yield fits;
    await Promise.resolve();
  }
  yield Buffer.from('"');
}
