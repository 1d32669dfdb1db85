import { ArchiveError } from './archive-error.ts';
import { type ParsedHeader } from './archive-header.ts';
import { type FrameOpener } from './frame-opener.ts';
import { prefixBytes, readUint32 } from './frame.ts';
import { type ResolvedOpenOptions } from './open-options.ts';
import { indexFrameBytes, openIndex } from './payload-index.ts';
import { type Suite } from './suite.ts';

/** Reads a payload from its first byte to its last; whoever has the bytes asks for what comes next. */
export interface PayloadReader {
  /** Bytes of the frame that starts with this prefix, prefix included. */
  frameBytes(prefix: Uint8Array): number;
  chunk(frame: Uint8Array): Uint8Array;
  /** Whether the last chunk was read. */
  readonly done: boolean;
  /** Bytes of the index that follows the last chunk; 0 when none does. */
  readonly indexBytes: number;
  /** Compares the index with what was read. */
  finish(index: Uint8Array): void;
}

export function payloadReader(
  header: ParsedHeader,
  suite: Suite,
  opener: FrameOpener,
  { maxContentBytes }: ResolvedOpenOptions,
): PayloadReader {
  const prefixes: number[] = [];
  let contentSize = 0;
  let done = false;
  return {
    get done() {
      return done;
    },
    get indexBytes() {
      return prefixes.length > 1 ? indexFrameBytes(suite, prefixes.length) : 0;
    },
    frameBytes: (prefix) => prefixBytes + opener.prefix(readUint32(prefix, 0)).length,
    chunk(frame) {
      const content = opener.chunk(prefixes.length, frame);
      const word = readUint32(frame, 0);
      prefixes.push(word);
      done = opener.prefix(word).last;
      contentSize += content.length;
      checkSize(contentSize, maxContentBytes);
      checkDeclared(contentSize, header.contentSize, done);
      return content;
    },
    finish(frame) {
      if (frame.length === 0) return;
      const index = openIndex(suite, prefixes.length, frame);
      if (index.contentSize !== contentSize || index.prefixes.some((prefix, at) => prefix !== prefixes[at]))
        throw new ArchiveError('corrupt', 'the index does not describe this archive');
    },
  };
}

export function checkSize(contentSize: number, maxContentBytes: number): void {
  if (contentSize > maxContentBytes)
    throw new ArchiveError('too_large', `the content exceeds ${maxContentBytes} bytes (\`maxContentBytes\`)`);
}

export function checkDeclared(contentSize: number, declared: number | undefined, complete: boolean): void {
  if (declared === undefined) return;
  if (contentSize > declared)
    throw new ArchiveError('bomb', `the content exceeds the ${declared} bytes that the archive declares`);
  if (complete && contentSize < declared)
    throw new ArchiveError('corrupt', `the content is ${contentSize} bytes, not the declared ${declared}`);
}
