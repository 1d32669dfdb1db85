import { parseJson, stringifyJson } from '@llm-memory-graph/contracts';
import { SerializationError } from '@llm-memory-graph/http';

/**
 * All that another process needs to go on, beside the spool. It holds no key and no content: the sealed bytes are in
 * the spool as they were sealed, so that going on never seals anything a second time under the same key.
 */
export interface ResumeToken {
  /** Name of the spooled bytes, and of the upload at the vault (`Idempotency-Key`). */
  readonly name: string;
  readonly archiveId: string;
  readonly sessionId: string;
  /** The archive entry without its data, as it goes over the wire. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly digest: string;
  readonly size: number;
}

const version = 1;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function encodeToken(token: ResumeToken): string {
  return stringifyJson({ version, ...token });
}

/** @throws {SerializationError} when it is no token of this version */
export function decodeToken(text: string): ResumeToken {
  const value = parsed(text);
  const { name, archiveId, sessionId, fields, digest, size } = value;
  if (
    value.version === version &&
    // The name becomes part of a path.
    typeof name === 'string' &&
    uuid.test(name) &&
    typeof archiveId === 'string' &&
    typeof sessionId === 'string' &&
    typeof fields === 'object' &&
    fields !== null &&
    typeof digest === 'string' &&
    typeof size === 'number'
  )
    return { name, archiveId, sessionId, fields: fields as ResumeToken['fields'], digest, size };
  throw notOurs();
}

function parsed(text: string): Record<keyof ResumeToken | 'version', unknown> {
  try {
    const value: unknown = parseJson(text);
    if (typeof value === 'object' && value !== null) return value as Record<keyof ResumeToken | 'version', unknown>;
  } catch {
    // The parser's message quotes the text.
  }
  throw notOurs();
}

function notOurs(): SerializationError {
  return new SerializationError('the token is not one that archiveStream gave');
}
