import { inspect, isArchiveError, digestOf, type ArchiveHeader } from '@llm-memory-graph/sealed-archive';
import { stringifyJson, type ArchiveEntry, type SealedFrame } from '@llm-memory-graph/contracts';
import { problem } from '@llm-memory-graph/service';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord, type NewArchive } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { newArchive, type NewRecord } from './new-record.ts';
import { type ReceivedEntry } from './received-entry.ts';
import { openData, sealData, type SealingWish } from './server-sealing.ts';

/** An archive ready to be stored, and whether one that is held under its id counts as the same. */
export interface Candidate {
  readonly archive: NewArchive;
  readonly isSameAs: (held: ArchiveRecord) => Promise<boolean>;
}

/** Seals an entry. The same means: same session, data, metadata, tags and retention, whatever the way of sealing. */
export async function serverSealed(
  vault: Vault,
  { tenant, actor }: Caller,
  entry: ReceivedEntry,
  wish: SealingWish,
): Promise<Candidate> {
  const { bytes, digest } = await sealData(vault, tenant, entry, wish);
  const { archiveId, sessionId, archivedAt, retentionDays, tags, metadata } = entry;
  const given = { tenant, archiveId, sessionId, archivedAt, retentionDays, tags, metadata, digest };
  const { headerBytes } = inspect(bytes);
  const storedAt = new Date(vault.clock.now());
  return {
    archive: newArchive({ ...given, ...wish, storedAt, sealedBy: 'server' }, bytes, headerBytes, actor),
    isSameAs: async (held) => {
      if (
        held.sealedBy !== 'server' ||
        held.sessionId !== sessionId ||
        held.requestedDays !== retentionDays ||
        held.metadata !== metadata ||
        JSON.stringify(held.tags) !== JSON.stringify(tags)
      )
        return false;
      // Opened and compared: a stored digest of the plaintext would confirm guesses of it after its erasure.
      const content = await vault.store.content(tenant, archiveId);
      return content !== undefined && (await openData(vault, held, content)) === entry.data;
    },
  };
}

/**
 * Takes what the client sealed. The same means: same session. Sealing twice gives other bytes, and the vault cannot
 * look inside, so a client that sealed again after a crash gets the first receipt and verifies it by reading back.
 *
 * @throws 422 when the content is not what its digest says, or is no sealed archive
 */
export function clientSealed(vault: Vault, { tenant, actor }: Caller, frame: SealedFrame): Candidate {
  const { entry, content } = frame;
  const { digest, sessionId } = entry;
  if (digestOf(content) !== digest)
    throw problem(422, 'digest-mismatch', 'the content does not have the digest that its entry states');
  const header = sealedHeader(content);
  return {
    archive: newArchive(sealedRecord(vault, tenant, entry, digest, header), content, header.headerBytes, actor),
    isSameAs: isSealedSessionOf(sessionId),
  };
}

/** The record of an archive that its client sealed. */
export function sealedRecord(
  { clock }: Vault,
  tenant: string,
  { id, sessionId, archivedAt, retentionDays, tags, metadata }: Omit<ArchiveEntry, 'data'>,
  digest: string,
  { cipher, compression }: ArchiveHeader,
): NewRecord {
  return {
    tenant,
    archiveId: id,
    sessionId,
    retentionDays,
    tags,
    digest,
    archivedAt: archivedAt.toISOString(),
    metadata: stringifyJson(metadata),
    storedAt: new Date(clock.now()),
    sealedBy: 'client',
    encrypted: cipher !== 'none',
    compressed: compression !== 'none',
  };
}

/** Whether what is held counts as the same as a session that its client sealed. */
export function isSealedSessionOf(sessionId: string): Candidate['isSameAs'] {
  return (held) => Promise.resolve(held.sealedBy === 'client' && held.sessionId === sessionId);
}

/** What sealed bytes, or enough of their beginning, say of themselves. @throws 422 */
export function sealedHeader(content: Uint8Array): ArchiveHeader {
  try {
    return inspect(content);
  } catch (cause) {
    if (!isArchiveError(cause)) throw cause;
    throw problem(422, 'not-sealed', `the content is not a sealed archive: ${cause.code}`, { cause });
  }
}
