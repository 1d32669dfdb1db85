import {
  archiveEntry,
  isContractViolation,
  sealedEntry,
  stringifyJson,
  withRawMembers,
  type ArchiveEntryInput,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import { SerializationError } from '@llm-memory-graph/http';
import type { Sealer } from './sealer.ts';

/** A session to archive, as a caller writes it: with `data`, or with `dataJson`. */
export type ArchiveInput = Omit<ArchiveEntryInput, 'id' | 'data' | 'retentionDays'> & {
  /** @default a random UUID. Give one that is derived from the session, and a repeat after a crash is the same archive. */
  readonly id?: string;
  /** In days. @default 365 */
  readonly retentionDays?: number;
} & (
    | {
        /** Any JSON value. */
        readonly data: unknown;
        readonly dataJson?: undefined;
      }
    | {
        readonly data?: undefined;
        /** JSON text (UTF-8 where bytes); kept as it is, digit for digit. */
        readonly dataJson: string | Uint8Array;
      }
  );

/** An input with everything but its data filled in and checked. */
export interface PreparedFields {
  readonly id: string;
  readonly sessionId: string;
  readonly fields: Record<string, unknown>;
}

/** An input with everything filled in and checked. */
export interface PreparedEntry extends PreparedFields {
  readonly content: Uint8Array;
  /** Bytes that it takes in a request, about. */
  readonly size: number;
}

const utf8 = new TextEncoder();

function jsonBytes(input: ArchiveInput): Uint8Array {
  if (typeof input.dataJson === 'string') return utf8.encode(input.dataJson);
  if (input.dataJson !== undefined) return input.dataJson;
  const text = stringifyJson(input.data) as string | undefined;
  if (text === undefined) throw new SerializationError('ArchiveEntry: /data: must be a JSON value');
  return utf8.encode(text);
}

/** @throws {SerializationError} naming the field; nothing was sent */
export function prepare(input: ArchiveInput): PreparedEntry {
  const { data: _data, dataJson: _json, ...rest } = input;
  const prepared = prepareFields(rest);
  const content = jsonBytes(input);
  return { ...prepared, content, size: content.length + stringifyJson(prepared.fields).length };
}

/** @throws {SerializationError} naming the field; nothing was sent */
export function prepareFields(input: Omit<ArchiveInput, 'data' | 'dataJson'>): PreparedFields {
  const { id = crypto.randomUUID(), retentionDays = 365, ...rest } = input;
  try {
    const entry = archiveEntry.parse({ ...rest, id, retentionDays, data: null });
    const { data: _none, ...fields } = archiveEntry.encode(entry) as Record<string, unknown>;
    return { id, sessionId: entry.sessionId, fields };
  } catch (error) {
    if (isContractViolation(error)) throw new SerializationError(error.message, { cause: error });
    throw error;
  }
}

/** The entry as JSON text, its data spliced in as it is. */
export function entryJson(entry: PreparedEntry): string {
  return withRawMembers(entry.fields, { data: new TextDecoder().decode(entry.content) });
}

/** The entry sealed, with the digest that the vault must confirm. */
export async function sealEntry(entry: PreparedEntry, sealer: Sealer): Promise<SealedFrame> {
  const { bytes, digest } = await sealer.seal(entry.content, { sessionId: entry.sessionId, archiveId: entry.id });
  return { entry: sealedEntry.decode({ ...entry.fields, digest }), content: bytes };
}
