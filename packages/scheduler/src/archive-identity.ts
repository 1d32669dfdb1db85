import { sha256 } from './sha256.ts';

/** The names under which one version of a session is archived. */
export interface ArchiveIdentity {
  /** Hex sha256 of the document. */
  readonly contentSha256: string;
  /** Hex sha256 of `sessionId:version:contentSha256`. */
  readonly idempotencyKey: string;
  /** The key as a UUIDv8. */
  readonly archiveId: string;
}

/** The first 16 bytes as a UUID of version 8, "custom" (RFC 9562, section 5.8). */
function uuidV8(hash: string): string {
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join('-');
}

/**
 * Derived from what is archived and nothing else, so that every attempt, process and machine arrives at the same
 * archive. The content hash keeps a session that was deleted and made anew apart from its namesake.
 */
export async function archiveIdentity(sessionId: string, version: number, bytes: Uint8Array): Promise<ArchiveIdentity> {
  const contentSha256 = await sha256(bytes);
  const idempotencyKey = await sha256(new TextEncoder().encode(`${sessionId}:${version}:${contentSha256}`));
  return { contentSha256, idempotencyKey, archiveId: uuidV8(idempotencyKey) };
}
