import type { ArchiveEntry } from '@llm-memory-graph/contracts';
import type { IntegrationError } from '@llm-memory-graph/http';

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

/** What the vault holds under an id, by bytes that it read again to answer. */
export interface ReadBackArchive {
  readonly ok: true;
  readonly archiveId: string;
  readonly sessionId: string;
  /** `sha256:<hex>` of the bytes that the vault holds. */
  readonly digest: string;
  /** How many. */
  readonly size: number;
}

/** An archive that the vault does not hold any more, or cannot read. */
export interface UnreadArchive {
  readonly ok: false;
  readonly archiveId: string;
  /** What reading it alone rejects with: 404 never held, 410 deleted, 500 unreadable. */
  readonly error: IntegrationError;
}
