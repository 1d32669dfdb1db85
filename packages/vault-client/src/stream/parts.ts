import type { SealedStream } from '../sealer.ts';

/** A run of sealed bytes; `last` tells what the receipt for all of them must say. */
export interface Part<Last> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly last: Last | undefined;
}

/**
 * Cuts what `source` yields into parts of `partBytes`, the last one shorter or empty, in order. A part is good until the
 * next one is asked for, which may be put in its place: a buffer for each would be garbage of their size.
 */
export async function* partsOf<Last>(
  source: AsyncGenerator<Uint8Array, Last, void>,
  partBytes: number,
): AsyncGenerator<Part<Last>, void, void> {
  let part = new Uint8Array(0);
  let filled = 0;
  try {
    for (;;) {
      const next = await source.next();
      if (next.done === true) {
        yield { bytes: part.subarray(0, filled), last: next.value };
        return;
      }
      for (let rest = next.value; rest.length > 0;) {
        if (filled === 0 && rest.length === partBytes) {
          // One that is whole is passed on as it is: who cut it before need not pay for a copy.
          yield { bytes: rest as Uint8Array<ArrayBuffer>, last: undefined };
          break;
        }
        if (part.length === 0) part = new Uint8Array(partBytes);
        const fits = rest.subarray(0, partBytes - filled);
        part.set(fits, filled);
        filled += fits.length;
        rest = rest.subarray(fits.length);
        if (filled < partBytes) break;
        yield { bytes: part, last: undefined };
        filled = 0;
      }
    }
  } finally {
    // Given up midway: let the source close what it has open.
    await source.return(undefined as never);
  }
}

/** The same stream cut into pieces of `partBytes`, the last one shorter or empty. */
export async function* recut(source: SealedStream, partBytes: number): SealedStream {
  let end = { digest: '', size: 0 };
  for await (const { bytes, last } of partsOf(source, partBytes)) {
    yield bytes;
    end = last ?? end;
  }
  return end;
}

/** A web stream or any async iterable as an async iterable; browsers' streams are not iterable everywhere. */
export async function* iterated(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  if (Symbol.asyncIterator in source) {
    yield* source;
    return;
  }
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
