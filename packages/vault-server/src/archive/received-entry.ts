import { archiveEntry, isResourceId, rawMembers, type JsonValue } from '@llm-memory-graph/contracts';
import { withInstant, type Clock } from '@llm-memory-graph/service';

/** An archive entry as a client sent it; what must come back digit for digit is kept as JSON text. */
export interface ReceivedEntry {
  readonly archiveId: string;
  readonly sessionId: string;
  /** RFC 3339 text. */
  readonly archivedAt: string;
  readonly retentionDays: number;
  readonly tags: readonly string[];
  /** JSON text of an object. */
  readonly metadata: string;
  /** JSON text of any value. */
  readonly data: string;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads one entry.
 *
 * @param text JSON text of the entry
 * @param value the same, parsed
 * @param clock tells when it was archived, if the client does not
 * @throws {ContractViolation}
 */
export function receivedEntry(text: string, value: unknown, clock: Clock): ReceivedEntry {
  const entry = archiveEntry.decode(withInstant(value, 'archived_at', clock));
  const raw = rawMembers(text);
  return {
    archiveId: entry.id,
    sessionId: entry.sessionId,
    archivedAt: instantText(raw.get('archived_at'), entry.archivedAt),
    retentionDays: entry.retentionDays,
    tags: entry.tags,
    metadata: raw.get('metadata') ?? '{}',
    // The contract saw that it is there; `null` is a value like any other.
    data: raw.get('data') ?? 'null',
  };
}

/** The instant as sent, so that its nine fraction digits survive; an abbreviated form is written out. */
function instantText(raw: string | undefined, instant: Date): string {
  const text = raw === undefined ? '' : (JSON.parse(raw) as string);
  return rfc3339.test(text) ? text : instant.toISOString();
}

/** The ids of an entry that may not be readable otherwise, for the list of failures. */
export function namesOf(value: unknown): { readonly archiveId: string | undefined; readonly sessionId: string } {
  const { id, session_id } = (value ?? {}) as { id?: JsonValue; session_id?: JsonValue };
  return {
    archiveId: typeof id === 'string' && isResourceId(id) ? id : undefined,
    sessionId: typeof session_id === 'string' ? session_id : '',
  };
}
