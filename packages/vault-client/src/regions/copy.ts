import type { ArchiveMetadata, SealedFrame } from '@llm-memory-graph/contracts';
import { isIntegrationError, type CallOptions } from '@llm-memory-graph/http';
import { isIntegrityError } from '../integrity-error.ts';
import type { SealedStream } from '../sealer.ts';
import type { SealedArchive } from '../stream/send-sealed.ts';
import type { Tell } from './events.ts';
import type { ResolvedMultiRegion } from './options.ts';
import { isDeleted, type Region } from './region.ts';

type Held = ReadonlyMap<Region, ArchiveMetadata>;

/** True when every one of `missing` has it now. Damage is not spread: only what opens is taken for the archive. */
export async function copyTo(
  vault: ResolvedMultiRegion,
  archiveId: string,
  missing: readonly Region[],
  held: Held,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<boolean> {
  const send = isLarge(vault, held.values())
    ? (region: Region) => streamTo(vault, archiveId, region, held.keys(), tell, options)
    : await wholeFrom(vault, archiveId, held.keys(), tell, options);
  if (!send) return false;
  let complete = true;
  for (const region of missing) {
    try {
      if (await send(region)) tell('copied', { region: region.name, archiveId });
      else complete = false;
    } catch (error) {
      options?.signal?.throwIfAborted();
      // Deleted there meanwhile: the next comparison carries that to the others.
      complete = false;
      if (!isDeleted(error)) tell('lagging', { region: region.name, archiveId, error });
    }
  }
  return complete;
}

/** Reads a region's copy and tells when it is damaged, at flat memory. */
export async function checkCopy(
  vault: ResolvedMultiRegion,
  region: Region,
  metadata: ArchiveMetadata,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<void> {
  const { archiveId } = metadata;
  if (!isLarge(vault, [metadata])) {
    await goodCopy(vault, archiveId, [region], tell, options);
    return;
  }
  try {
    const sealed = proven(vault, await region.vault.retrieveSealedStream(archiveId, options));
    while ((await sealed.next()).done !== true);
  } catch (error) {
    options?.signal?.throwIfAborted();
    if (isDamage(error)) tell('corrupt', { region: region.name, archiveId });
  }
}

/** What is larger than one request of a batch goes in parts. */
function isLarge({ sealer, maxBatchBytes }: ResolvedMultiRegion, of: Iterable<ArchiveMetadata>): boolean {
  return sealer.openStream !== undefined && [...of].some(({ size }) => size > maxBatchBytes);
}

async function wholeFrom(
  vault: ResolvedMultiRegion,
  archiveId: string,
  holders: Iterable<Region>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<((region: Region) => Promise<true>) | undefined> {
  const frame = await goodCopy(vault, archiveId, holders, tell, options);
  return frame && ((region) => region.vault.archiveSealed([frame], options).then(() => true));
}

/** The sealed bytes from the first region whose copy has its digest and opens. */
async function goodCopy(
  { sealer }: Pick<ResolvedMultiRegion, 'sealer'>,
  archiveId: string,
  regions: Iterable<Region>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<SealedFrame | undefined> {
  for (const region of regions) {
    try {
      const frame = await region.vault.retrieveSealed(archiveId, options);
      const { sessionId } = frame.entry;
      await sealer.open(frame.content, { archiveId, sessionId });
      return frame;
    } catch (error) {
      options?.signal?.throwIfAborted();
      if (isDamage(error)) tell('corrupt', { region: region.name, archiveId });
    }
  }
  return undefined;
}

/** From the first holder whose bytes open. Rejects when `region` does not take them. */
async function streamTo(
  vault: ResolvedMultiRegion,
  archiveId: string,
  region: Region,
  holders: Iterable<Region>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<boolean> {
  for (const holder of holders) {
    const reading = { failed: false };
    try {
      const archive = await holder.vault.retrieveSealedStream(archiveId, options).catch(noted(reading));
      const sealed = noting(reading, proven(vault, archive));
      await region.vault.archiveSealedStream(sealed, archive.entry, options);
      return true;
    } catch (error) {
      options?.signal?.throwIfAborted();
      if (!reading.failed) throw error;
      if (isDamage(error)) tell('corrupt', { region: holder.name, archiveId });
    }
  }
  return false;
}

/** Passes sealed bytes on while they are opened; ends only when all of them did. */
async function* proven(
  { sealer }: Pick<ResolvedMultiRegion, 'sealer'>,
  { entry, digest, content }: SealedArchive,
): SealedStream {
  const passed: Uint8Array[] = [];
  let end = { digest, size: 0 };
  const watched = async function* (): AsyncGenerator<Uint8Array, void, void> {
    for (let next = await content.next(); ; next = await content.next()) {
      if (next.done === true) {
        end = next.value;
        return;
      }
      passed.push(next.value);
      yield next.value;
    }
  };
  const context = { archiveId: entry.id, sessionId: entry.sessionId };
  for await (const _ of sealer.openStream?.(watched(), context, digest) ?? watched()) yield* passed.splice(0);
  yield* passed.splice(0);
  return end;
}

/** Notes that it was the reading that failed, not what was done with what was read. */
async function* noting(reading: { failed: boolean }, sealed: SealedStream): SealedStream {
  try {
    for (;;) {
      const next = await sealed.next().catch(noted(reading));
      if (next.done === true) return next.value;
      yield next.value;
    }
  } finally {
    await sealed.return(undefined as never);
  }
}

function noted(reading: { failed: boolean }): (error: unknown) => never {
  return (error) => {
    reading.failed = true;
    throw error;
  };
}

/** The bytes are wrong; not that the vault, or the key to look into them, was out of reach. */
function isDamage(error: unknown): boolean {
  if (isIntegrationError(error)) return isIntegrityError(error);
  return (error as { code?: unknown } | null)?.code !== 'key_unavailable';
}
