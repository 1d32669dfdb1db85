import { isArchiveError, open, type ArchiveContext, type SealedArchive } from '@llm-memory-graph/sealed-archive';
import { problem, type ServiceContext } from '@llm-memory-graph/service';

import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { type ReceivedEntry } from './received-entry.ts';

/** How the client wants the server to seal. */
export interface SealingWish {
  readonly encrypted: boolean;
  readonly compressed: boolean;
}

/** Reads the two headers; both are on unless switched off. @throws 400 */
export function sealingWish(c: ServiceContext): SealingWish {
  return { encrypted: flag(c, 'x-encryption-enabled'), compressed: flag(c, 'x-compression-enabled') };
}

function flag(c: ServiceContext, name: string): boolean {
  const value = c.req.header(name)?.toLowerCase() ?? 'true';
  if (value === 'true' || value === 'false') return value === 'true';
  throw problem(400, 'invalid-header', `the header ${name} must be true or false`);
}

/** Seals the JSON text of `entry.data`. @throws 503 when the keys cannot be reached */
export async function sealData(
  { keyProvider, sealing, dictionaries, metrics }: Vault,
  tenant: string,
  entry: ReceivedEntry,
  wish: SealingWish,
): Promise<SealedArchive> {
  const dictionary = wish.compressed ? dictionaries.at(-1) : undefined;
  try {
    return await metrics.sealing(() =>
      sealing.seal(new TextEncoder().encode(entry.data), {
        context: contextOf(tenant, entry),
        compression: wish.compressed ? 'zstd' : 'none',
        contentType: 'application/json',
        ...(dictionary && { dictionary }),
        ...(wish.encrypted ? { keys: keyProvider } : {}),
      }),
    );
  } catch (error) {
    throw keyTrouble(error);
  }
}

/** Opens what {@link sealData} sealed. @throws 500 when it is damaged or its key is gone, 503 */
export async function openData(vault: Vault, record: ArchiveRecord, content: Uint8Array): Promise<string> {
  try {
    const bytes = await open(content, {
      context: contextOf(record.tenant, record),
      dictionaries: vault.dictionaries,
      ...(record.encrypted ? { keys: vault.keyProvider } : {}),
    });
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(vault, record, error);
  }
}

/** What the archive of a record is bound to. */
export function contextOf(tenant: string, { sessionId, archiveId }: Omit<ArchiveContext, 'tenant'>): ArchiveContext {
  return { tenant, sessionId, archiveId };
}

function unreadable({ logger }: Vault, { tenant, archiveId }: ArchiveRecord, cause: unknown): unknown {
  const trouble = keyTrouble(cause);
  if (trouble !== cause || !isArchiveError(cause)) return trouble;
  logger.error({ tenant, archive_id: archiveId, code: cause.code }, 'an archive cannot be opened');
  return problem(500, 'archive-unreadable', 'the vault cannot open this archive; its log knows why', { cause });
}

/** An error of the key provider as an answer; any other as it is. */
export function keyTrouble(cause: unknown): unknown {
  if (!isArchiveError(cause) || cause.code !== 'key_unavailable') return cause;
  return problem(503, 'keys-unavailable', 'the key provider cannot be reached', {
    headers: { 'retry-after': '5' },
    cause,
  });
}
