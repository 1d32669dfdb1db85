import { hash } from 'node:crypto';

import { ArchiveError } from './archive-error.ts';
import { nameBytes } from './utf8.ts';

/**
 * What an archive belongs to. It is bound as associated data and not stored in clear: whoever opens the archive must
 * name the same tenant, session and archive.
 */
export interface ArchiveContext {
  readonly tenant: string;
  readonly sessionId: string;
  readonly archiveId: string;
}

const label = Buffer.from('llm-memory-graph/sealed-archive/v1/context\0');
const fields = ['tenant', 'sessionId', 'archiveId'] as const;
const maxFieldBytes = 1024;

/** The context as bytes: per field a 16-bit big-endian length and the UTF-8 text, so no two contexts look alike. */
export function encodeContext(context: ArchiveContext): Buffer {
  const parts: Buffer[] = [];
  for (const field of fields) {
    const bytes = nameBytes(context[field], maxFieldBytes);
    if (!bytes)
      throw new ArchiveError(
        'invalid_options',
        `\`context.${field}\` must be a well-formed string of 1 to ${maxFieldBytes} bytes of UTF-8`,
      );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

/** The salted digest of a context that stands in the header, so that a keeper without keys can check what it holds. */
export function contextDigest(context: ArchiveContext, salt: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([label, salt, encodeContext(context)]), 'buffer');
}
