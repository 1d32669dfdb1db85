import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import { isIntegrationError, type CallOptions } from '@llm-memory-graph/http';
import type { VaultClient } from '../vault-client.ts';

/** One vault of several. */
export interface Region {
  readonly name: string;
  readonly vault: VaultClient;
}

/** What a region says of an archive. */
export type RegionState =
  | { readonly state: 'held'; readonly metadata: ArchiveMetadata }
  /** A tombstone: it was there, and must not come back. */
  | { readonly state: 'deleted' }
  | { readonly state: 'absent' };

/** Rejects when the region does not answer: then nothing is known. */
export async function stateOf(
  { vault }: Region,
  archiveId: string,
  options: CallOptions | undefined,
): Promise<RegionState> {
  try {
    return { state: 'held', metadata: await vault.getArchiveMetadata(archiveId, { ...options, cache: false }) };
  } catch (error) {
    if (isDeleted(error)) return { state: 'deleted' };
    if (isAbsent(error)) return { state: 'absent' };
    throw error;
  }
}

export function isDeleted(error: unknown): boolean {
  return isIntegrationError(error) && error.status === 410;
}

export function isAbsent(error: unknown): boolean {
  return isIntegrationError(error) && error.status === 404;
}

/** A hold or a lock stands in the way. */
export function isRefused(error: unknown): boolean {
  return isIntegrationError(error) && error.status === 409;
}
