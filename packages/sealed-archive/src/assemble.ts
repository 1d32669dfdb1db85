import { chunkCodec } from './chunk-codec.ts';
import { concat } from './concat.ts';
import { type Envelope } from './envelope.ts';
import { payloadWriter } from './payload-writer.ts';
import { type ResolvedSealOptions } from './seal-options.ts';

/** The archive of `content` in one piece. */
export function assemble(
  content: Uint8Array,
  options: Omit<ResolvedSealOptions, 'keys'>,
  { header, suite }: Envelope,
): Uint8Array<ArrayBuffer> {
  const { chunkBytes } = options;
  const codec = chunkCodec(options.compression, options.level, options.dictionary);
  const writer = payloadWriter(suite);
  const pieces = [header];
  let offset = 0;
  do {
    const end = offset + chunkBytes;
    pieces.push(...writer.add(codec.pack(content.subarray(offset, end)), end >= content.length));
    offset = end;
  } while (offset < content.length);
  return concat(pieces);
}
