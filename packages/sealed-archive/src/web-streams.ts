import { ReadableStream, TransformStream, type WritableStream } from 'node:stream/web';

import { ArchiveError } from './archive-error.ts';

export interface StreamPair<Result> {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
  /** What `transform` returns; rejects when it fails or the readable side is cancelled. Never an unhandled rejection. */
  readonly result: Promise<Result>;
}

/** A pair of web streams around a generator. */
export function streamPair<Result>(
  transform: (input: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, Result, void>,
): StreamPair<Result> {
  const { readable: input, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reader = input.getReader();
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
  const output = transform({ [Symbol.asyncIterator]: () => iterator });

  let settle: { resolve(value: Result): void; reject(reason: unknown): void } | undefined;
  const result = new Promise<Result>((resolve, reject) => (settle = { resolve, reject }));
  result.catch(() => undefined);

  // Not `ReadableStream.from(output)`: cancelling it waits for the generator, which may wait for input for ever.
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await output.next();
          if (next.done === true) {
            settle?.resolve(next.value);
            controller.close();
          } else {
            controller.enqueue(next.value);
          }
        } catch (error) {
          settle?.reject(error);
          throw error;
        }
      },
      async cancel(reason) {
        settle?.reject(new ArchiveError('truncated', 'the stream was cancelled before its end', { cause: reason }));
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { writable, readable, result };
}
