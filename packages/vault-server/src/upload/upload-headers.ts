import { isDeepStrictEqual } from 'node:util';

import { archiveEntry, stringifyJson, type ArchiveEntry } from '@llm-memory-graph/contracts';
import { problem, withInstant, type Clock, type ServiceContext } from '@llm-memory-graph/service';

/** What the client says of an archive before its bytes: an archive entry without its data. */
export type UploadEntry = Omit<ArchiveEntry, 'data'>;

/** The media type of a request that adds to an upload. */
export const partialUpload = 'application/partial-upload';

/** Header with the entry: a byte sequence (RFC 9651) over JSON, as the body belongs to the content. */
export const entryHeader = 'archive-entry';

/** Reads a boolean (RFC 9651). @throws 400 */
export function uploadComplete(c: ServiceContext): boolean | undefined {
  const value = c.req.header('upload-complete')?.trim();
  if (value === undefined) return undefined;
  if (value === '?1' || value === '?0') return value === '?1';
  throw invalid('upload-complete', '?0 or ?1');
}

/** Reads a count of bytes. @throws 400 */
export function byteCount(c: ServiceContext, name: 'upload-offset' | 'upload-length'): number | undefined {
  const value = c.req.header(name)?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw invalid(name, 'an integer >= 0 of at most 15 digits');
}

/** The digest that the content must have, as `sha256:<hex>`; from `Repr-Digest` (RFC 9530). @throws 400 */
export function promisedDigest(c: ServiceContext): string | undefined {
  const value = c.req.header('repr-digest');
  if (value === undefined) return undefined;
  const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(value)?.[1];
  if (base64 === undefined) throw invalid('repr-digest', 'sha-256=:<base64>:');
  return `sha256:${Buffer.from(base64, 'base64').toString('hex')}`;
}

/**
 * @param clock tells when it was archived, if the client does not
 * @throws 400 when it is missing or no entry
 */
export function uploadEntry(c: ServiceContext, clock: Clock): UploadEntry {
  const base64 = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(c.req.header(entryHeader)?.trim() ?? '')?.[1];
  if (base64 === undefined) throw invalid(entryHeader, ':<base64 of an archive entry without its data, as JSON>:');
  return entryIn(withInstant(parsed(Buffer.from(base64, 'base64').toString()), 'archived_at', clock));
}

/** Reads what {@link entryText} wrote. */
export function entryOf(text: string): UploadEntry {
  return entryIn(JSON.parse(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(entryHeader, 'the base64 of JSON');
  }
}

function entryIn(value: unknown): UploadEntry {
  const { data: _, ...entry } = archiveEntry.decode({ ...(value as object), data: null });
  return entry;
}

export function entryText(entry: UploadEntry): string {
  const { data: _, ...fields } = archiveEntry.encode({ ...entry, data: null }) as Record<string, unknown>;
  return stringifyJson(fields);
}

/** Whether two texts of {@link entryText} mean the same. A client that leaves `archived_at` out gets another each time. */
export function isSameEntry(a: string, b: string): boolean {
  const undated = (text: string): unknown => ({ ...entryOf(text), archivedAt: undefined });
  return isDeepStrictEqual(undated(a), undated(b));
}

function invalid(name: string, expected: string): Error {
  return problem(400, 'invalid-header', `the header ${name} must be ${expected}`);
}
