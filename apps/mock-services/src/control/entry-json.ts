import type { JournalEntry } from '../journal/journal-entry.ts';

/** An entry of the journal as the control API writes it. */
export function entryJson({ requestId, ...entry }: JournalEntry): Record<string, unknown> {
  return { ...entry, request_id: requestId };
}
