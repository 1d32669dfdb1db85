/** The names under which one version of a session is archived. */
export interface ArchiveIdentity {
  /** Hex sha256 of the document. */
  readonly contentSha256: string;
  /** Hex sha256 of `sessionId:version:contentSha256`. */
  readonly idempotencyKey: string;
  /** The key as a UUIDv8. */
  readonly archiveId: string;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The first 16 bytes as a UUID of version 8, "custom" (RFC 9562, section 5.8). */
function uuidV8(hash: Uint8Array): string {
  const bytes = hash.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * Derived from what is archived and nothing else, so that every attempt, process and machine arrives at the same
 * archive. The content hash keeps a session that was deleted and made anew apart from its namesake.
 */
export async function archiveIdentity(sessionId: string, version: number, bytes: Uint8Array): Promise<ArchiveIdentity> {
  const contentSha256 = hex(await sha256(bytes as Uint8Array<ArrayBuffer>));
  const key = await sha256(new TextEncoder().encode(`${sessionId}:${version}:${contentSha256}`));
  return { contentSha256, idempotencyKey: hex(key), archiveId: uuidV8(key) };
}
