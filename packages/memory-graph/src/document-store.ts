import { decodeSessionDocument, sessionDocument, type SessionDocument } from '@llm-memory-graph/contracts';
import { checked } from './checked.ts';
import type { EdgeStore } from './edge-store.ts';
import { MemoryGraphError } from './memory-graph-error.ts';
import { prompts, responses, toolInvocations, type NodeStore } from './node-store.ts';
import type { SessionStore, StoredSession } from './session-store.ts';
import type { Connection, Row } from './sqlite/connection.ts';

/** What an import does when the session is stored already. */
export interface ImportOptions {
  /**
   * `skip-identical` answers `identical` when the stored session is the same byte for byte; `error` refuses that too.
   * A different one is always refused.
   * @default 'skip-identical'
   */
  readonly onConflict?: 'error' | 'skip-identical';
}

export type ImportResult = 'imported' | 'identical';

const comma = Buffer.from(',');

function joined(rows: readonly Row[]): Uint8Array[] {
  return rows.flatMap((row, i) => (i === 0 ? [row['body'] as Uint8Array] : [comma, row['body'] as Uint8Array]));
}

/** Reads the bytes or checks the value of a session document. @throws {MemoryGraphError} `invalid` */
export function documentOf(input: SessionDocument | Uint8Array): SessionDocument {
  if (!(input instanceof Uint8Array)) return checked(() => sessionDocument.parse(input));
  try {
    return checked(() => decodeSessionDocument(input));
  } catch (error) {
    // A SyntaxError quotes the text around the fault, so it is not kept as cause.
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw new MemoryGraphError('invalid', 'SessionDocument: not JSON in UTF-8');
    }
    throw error;
  }
}

/** Whole sessions in and out. Methods that write expect to run in a transaction. */
export class DocumentStore {
  readonly #db: Connection;
  readonly #sessions: SessionStore;
  readonly #nodes: NodeStore;
  readonly #edges: EdgeStore;

  constructor(db: Connection, sessions: SessionStore, nodes: NodeStore, edges: EdgeStore) {
    this.#db = db;
    this.#sessions = sessions;
    this.#nodes = nodes;
    this.#edges = edges;
  }

  /** The bytes that `encodeSessionDocument` makes of the session, joined from the stored parts. */
  bytesOf({ key }: Pick<StoredSession, 'key'>): Uint8Array<ArrayBuffer> {
    const session = this.#db.get('SELECT CAST(body AS BLOB) AS body FROM session WHERE key = ?', key);
    const nodes = (kind: string): Uint8Array[] =>
      joined(
        this.#db.all(
          'SELECT CAST(body AS BLOB) AS body FROM node WHERE session_key = ? AND kind = ? ORDER BY key',
          key,
          kind,
        ),
      );
    const edges = this.#db.all('SELECT CAST(body AS BLOB) AS body FROM edge WHERE session_key = ? ORDER BY key', key);
    return Buffer.concat([
      Buffer.from('{"format":"llm-memory-graph/session","format_version":1,"session":'),
      session?.['body'] as Uint8Array,
      Buffer.from(',"prompts":['),
      ...nodes(prompts.name),
      Buffer.from('],"responses":['),
      ...nodes(responses.name),
      Buffer.from('],"tool_invocations":['),
      ...nodes(toolInvocations.name),
      Buffer.from('],"edges":['),
      ...joined(edges),
      Buffer.from(']}'),
    ]);
  }

  import(document: SessionDocument, { onConflict = 'skip-identical' }: ImportOptions): ImportResult {
    const stored = this.#sessions.find(document.session.id);
    if (stored !== undefined) return this.#compare(stored, document, onConflict);
    const { key } = this.#sessions.insert(document.session);
    for (const node of document.prompts) this.#nodes.insert(key, prompts, node);
    for (const node of document.responses) this.#nodes.insert(key, responses, node);
    for (const node of document.toolInvocations) this.#nodes.insert(key, toolInvocations, node);
    for (const edge of document.edges) this.#edges.insert(key, edge);
    return 'imported';
  }

  #compare(stored: StoredSession, document: SessionDocument, onConflict: 'error' | 'skip-identical'): ImportResult {
    const name = `Session ${JSON.stringify(stored.session.id)}`;
    const bytes = Buffer.from(JSON.stringify(checked(() => sessionDocument.encode(document))));
    if (!bytes.equals(this.bytesOf(stored))) {
      throw new MemoryGraphError('conflict', `${name} exists with different content`);
    }
    if (onConflict === 'error') throw new MemoryGraphError('already_exists', `${name} exists`);
    return 'identical';
  }
}
