/** Sees what passes. Must not throw, wait, or keep what it is given. */
export interface Watcher {
  chunk(bytes: Uint8Array): void;
  /** Called once: the body ended, the caller cancelled it, or it broke. */
  end(how: 'complete' | 'cancelled' | 'failed'): void;
}

/**
 * The same body, watched. Bytes are asked for when the caller asks, and passed on as they come: nothing is buffered,
 * so neither side can hold up the other. It stays a byte stream, for callers that read into their own buffers.
 */
export function tapped(body: ReadableStream<Uint8Array>, watcher: Watcher): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            // A reader that waits with its own buffer is told so.
            controller.byobRequest?.respond(0);
            watcher.end('complete');
            return;
          }
          // A byte stream takes no empty chunk.
          if (value.byteLength === 0) continue;
          watcher.chunk(value);
          // A copy: a byte stream takes the buffer away from whoever else may use it.
          controller.enqueue(new Uint8Array(value));
          return;
        }
      } catch (error) {
        watcher.end('failed');
        throw error;
      }
    },
    async cancel(reason) {
      watcher.end('cancelled');
      await reader.cancel(reason);
    },
  });
}

/** The same response with another body. */
export function withBody(response: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const { status, statusText, headers, url, redirected, type } = response;
  const answer = new Response(body, { status, statusText, headers });
  // The constructor cannot set these.
  for (const [name, value] of Object.entries({ url, redirected, type })) Object.defineProperty(answer, name, { value });
  return answer;
}
