import { type ParsedHeader } from './archive-header.ts';
import { chunkCodec } from './chunk-codec.ts';
import { checkExpectations, unwrapDataKey, verifiedSuite } from './envelope.ts';
import { type FrameOpener, frameOpener } from './frame-opener.ts';
import { findDictionary, type ResolvedOpenOptions } from './open-options.ts';
import { checkSize, type PayloadReader, payloadReader } from './payload-reader.ts';
import { type Suite } from './suite.ts';

/** Checks what needs no key and asks for the data key: a promise only when the key provider answers with one. */
export function beginOpening(
  header: ParsedHeader,
  options: ResolvedOpenOptions,
): Uint8Array | undefined | Promise<Uint8Array> {
  checkExpectations(header, options);
  checkSize(header.contentSize ?? 0, options.maxContentBytes);
  if (header.cipher === 'none' || !options.keys) return undefined;
  return unwrapDataKey(header, options.keys, options.context);
}

/** Proves the header with the data key, which is wiped, and gives what opens the frames. */
export function startFrames(
  header: ParsedHeader,
  options: ResolvedOpenOptions,
  dataKey: Uint8Array | undefined,
): { suite: Suite; opener: FrameOpener } {
  const suite = suiteOnce(header, dataKey);
  const dictionary = findDictionary(header.dictionaryId, options.dictionaries);
  const codec = chunkCodec(header.compression, 0, dictionary);
  return { suite, opener: frameOpener(header, suite, codec, options.maxRatio) };
}

function suiteOnce(header: ParsedHeader, dataKey: Uint8Array | undefined): Suite {
  try {
    return verifiedSuite(header, dataKey);
  } finally {
    dataKey?.fill(0);
  }
}

/** {@link startFrames} for reading from the first byte to the last. */
export function startPayload(
  header: ParsedHeader,
  options: ResolvedOpenOptions,
  dataKey: Uint8Array | undefined,
): PayloadReader {
  const { suite, opener } = startFrames(header, options, dataKey);
  return payloadReader(header, suite, opener, options);
}
