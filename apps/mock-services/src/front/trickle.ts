import type { EffectOf } from '../fault/effect.ts';

/** The answer with a body that comes in small pieces. */
export async function trickling(
  answer: Response,
  { chunkBytes = 16, intervalMs = 50 }: EffectOf<'slow-body'>,
  sleep: (ms: number) => Promise<void>,
): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes.length === 0) return new Response(null, answer);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at > 0) await sleep(intervalMs);
      controller.enqueue(bytes.subarray(at, at + chunkBytes));
      at += chunkBytes;
      if (at >= bytes.length) controller.close();
    },
  });
  const headers = new Headers(answer.headers);
  headers.set('content-length', String(bytes.length));
  return new Response(body, { status: answer.status, headers });
}
