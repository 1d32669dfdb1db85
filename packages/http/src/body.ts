import { HttpError, type ErrorDetails } from './errors.ts';

/** Asks a response for its whole body at once; a transport that has it that way is spared a stream. */
export const collectBody: unique symbol = Symbol.for('@llm-memory-graph/http/collectBody') as never;

/** Asks a response for one header; a transport that has them raw is spared the making of a `Headers`. */
export const peekHeader: unique symbol = Symbol.for('@llm-memory-graph/http/peekHeader') as never;

/** A response that can. */
export interface Collectable {
  /** By lower-case name. */
  [peekHeader](name: string): string | undefined;
  /** Resolves with `undefined` when the body is larger than `limit` bytes. */
  [collectBody](limit: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** One header of a response, by lower-case name. */
export function headerOf(response: Response, name: string): string | undefined {
  if (peekHeader in response) return (response as unknown as Collectable)[peekHeader](name);
  return response.headers.get(name) ?? undefined;
}

/**
 * Reads a body of at most `limit` bytes.
 *
 * @throws {HttpError} when it is larger
 */
export async function readBody(
  response: Response,
  limit: number,
  signal: AbortSignal,
  details: ErrorDetails,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(headerOf(response, 'content-length') ?? 0);
  if (declared > limit) {
    await discard(response);
    throw tooLarge(limit, details);
  }
  if (collectBody in response) {
    const body = await (response as unknown as Collectable)[collectBody](limit);
    if (body === undefined) throw tooLarge(limit, details);
    return body;
  }
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  // A transport may ignore the signal once the headers are there; a stalled body must end all the same.
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await collect(reader, limit, details);
  } finally {
    signal.removeEventListener('abort', cancel);
    signal.throwIfAborted();
  }
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  details: ErrorDetails,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(limit, details);
    }
    chunks.push(value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function tooLarge(limit: number, details: ErrorDetails): HttpError {
  const { method = '', path = '' } = details;
  return new HttpError(`the answer to ${method} ${path} is larger than maxResponseBytes (${String(limit)})`, details);
}

/** Gives the connection back without reading the rest. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
