import { parseJson, stringifyJson } from '../json/lossless.ts';
import { ContractViolation } from '../wire/violation.ts';
import { sealedEntry, type SealedEntry } from './archive.ts';

/**
 * Body of `POST /api/v1/archive/batch` that carries archives sealed by the client: a sequence of frames, each
 * `u32 BE length of entry | entry (SealedEntry as JSON, UTF-8) | u32 BE length of content | content (sealed bytes)`.
 */
export const sealedFramesMediaType = 'application/vnd.llm-memory-graph.sealed-frames';

/** One sealed archive with what the vault must know of it. */
export interface SealedFrame {
  readonly entry: SealedEntry;
  readonly content: Uint8Array;
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Writes frames one behind the other. */
export function encodeSealedFrames(frames: readonly SealedFrame[]): Uint8Array<ArrayBuffer> {
  const entries = frames.map((frame) => utf8.encode(stringifyJson(sealedEntry.encode(frame.entry))));
  const size = frames.reduce((sum, frame, i) => sum + 8 + (entries[i]?.length ?? 0) + frame.content.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (part: Uint8Array): void => {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  };
  frames.forEach((frame, i) => {
    put(entries[i] as Uint8Array);
    put(frame.content);
  });
  return bytes;
}

/**
 * Reads frames; `content` is a view into `bytes`, not a copy.
 *
 * @throws {ContractViolation} when a frame is cut short or its entry is not a `SealedEntry`
 */
export function decodeSealedFrames(bytes: Uint8Array): SealedFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: SealedFrame[] = [];
  let at = 0;
  const bad = (message: string): ContractViolation =>
    new ContractViolation('SealedFrames', [{ pointer: `/${String(frames.length)}`, message }]);
  const take = (what: string): Uint8Array => {
    if (at + 4 > bytes.length) throw bad(`cut short before the length of its ${what}`);
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (end > bytes.length) throw bad(`cut short inside its ${what}`);
    const part = bytes.subarray(at + 4, end);
    at = end;
    return part;
  };
  while (at < bytes.length) {
    const entryBytes = take('entry');
    const content = take('content');
    let json: unknown;
    try {
      json = parseJson(strictUtf8.decode(entryBytes));
    } catch {
      throw bad('entry is not JSON in UTF-8');
    }
    frames.push({ entry: sealedEntry.decode(json), content });
  }
  return frames;
}
