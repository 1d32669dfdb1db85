import { decodeContent, tooLarge } from './content-encoding.ts';
import type { ServiceContext } from './env.ts';
import { isProblemError, problem } from './problem-error.ts';

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

async function rawBytes(request: Request, contentLength: string | undefined, maxBytes: number): Promise<Uint8Array> {
  if (contentLength !== undefined) {
    if (!(Number(contentLength) <= maxBytes)) throw tooLarge(maxBytes);
    // The HTTP parser holds the sender to its content-length, so reading in one go is bounded and the fastest way.
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  }
  return request.body ? collect(request.body, maxBytes) : new Uint8Array();
}

/** The whole decoded body, at most `maxBytes` of it; read once, then remembered. @throws 400, 413, 415 */
export async function bodyBytes(c: ServiceContext, maxBytes: number): Promise<Uint8Array> {
  const known = c.get('body');
  if (known) return known;
  let raw: Uint8Array;
  try {
    raw = await rawBytes(c.req.raw, c.req.header('content-length'), maxBytes);
  } catch (error) {
    if (isProblemError(error)) throw error;
    throw problem(400, 'malformed-body', 'the body ended early', { cause: error });
  }
  const bytes = decodeContent(raw, c.req.header('content-encoding'), maxBytes);
  c.set('body', bytes);
  return bytes;
}
