import type { ArchiveEntry } from '@llm-memory-graph/contracts';

/** An archive with its data, parsed and as the JSON text that was archived. */
export interface RetrievedArchive extends ArchiveEntry {
  /** The exact text; `data` is what `JSON.parse` makes of it. */
  readonly dataJson: string;
}

/** What a check of an archive found. */
export interface VerifiedArchive {
  readonly archiveId: string;
  readonly sessionId: string;
  /** `sha256:<hex>` of the bytes that the vault holds. */
  readonly digest: string;
  /** Size of those bytes. */
  readonly size: number;
  /** The JSON text of the data. */
  readonly content: Uint8Array;
}
