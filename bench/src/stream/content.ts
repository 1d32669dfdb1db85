import { createHash } from 'node:crypto';

/** Bytes of content, from `STREAM_GIB`. */
export const contentBytes = Math.round(Number(process.env['STREAM_GIB'] ?? 1) * 1024 ** 3);

const words =
  'the session asked for a refund of order number and tool call returned status with items shipped to'.split(' ');

/** 4 MiB that read like a chat log; more than the window of the compressor, so that a repeat of it is new to it. */
function passage(): Buffer {
  const bytes = Buffer.alloc(4 * 1024 * 1024);
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const hash = createHash('sha256').update(String(i)).digest();
    at += bytes.write(`{"role":"${i % 2 ? 'assistant' : 'user'}","id":"${hash.toString('hex', 0, 8)}","content":"`, at);
    for (const byte of hash) at += bytes.write(`${words[byte % words.length] ?? ''} `, at);
    at += bytes.write('"},', at);
  }
  return bytes;
}

const text = passage();
const pieceBytes = 64 * 1024;

/** So many bytes of it, in pieces as a file gives them. */
export async function* content(): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < contentBytes;) {
    const from = at % text.length;
    const piece = text.subarray(from, Math.min(from + pieceBytes, from + contentBytes - at));
    at += piece.length;
    yield piece;
    // As a file would, it lets the loop turn.
    await Promise.resolve();
  }
}
