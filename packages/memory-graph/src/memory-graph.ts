import {
  type Edge,
  type GraphSession,
  type Prompt,
  type Response,
  type SessionDocument,
  type ToolInvocation,
} from '@llm-memory-graph/contracts';
import {
  ArchiveQueue,
  type ArchiveMark,
  type ArchiveRecord,
  type ClaimResult,
  type DueCursor,
  type ClaimOptions,
  type LeaseOptions,
  type MarkResult,
  type MarkTarget,
  type PrunableSession,
  type PruneResult,
  type RunMark,
  type SessionClaim,
  type SessionRef,
} from './archive-queue.ts';
import { documentOf, DocumentStore, type ImportOptions, type ImportResult } from './document-store.ts';
import { EdgeStore, type EdgeFilter, type NewEdge } from './edge-store.ts';
import { MemoryGraphError } from './memory-graph-error.ts';
import {
  NodeStore,
  prompts,
  responses,
  toolInvocations,
  type NewPrompt,
  type NewResponse,
  type NewToolInvocation,
} from './node-store.ts';
import { settingsOf, type MemoryGraphOptions, type MemoryGraphSettings } from './options.ts';
import {
  SessionStore,
  touchedAt,
  type NewSession,
  type SessionChanges,
  type SessionFilter,
  type StoredSession,
} from './session-store.ts';
import { Connection } from './sqlite/connection.ts';
import { openDatabase } from './sqlite/open-database.ts';

/** A session with its content, ready to be archived. */
export interface LoadedSession {
  readonly ref: SessionRef;
  /** The session document, as `encodeSessionDocument` writes it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly modelId: string;
}

/**
 * Sessions with their prompts, responses, tool invocations and edges, in one SQLite file that several processes may
 * share. Each call is one transaction, on disk when it returns; each edit makes the next version of its session.
 *
 * All methods throw {@link MemoryGraphError}; besides what they name themselves: `closed`, `busy`, `storage`.
 *
 * @example
 * ```ts
 * using graph = MemoryGraph.open({ path: ':memory:' });
 * const { id } = graph.createSession({ modelId: 'gpt-4' });
 * const prompt = graph.addPrompt(id, { role: 'user', content: 'What is 2 + 2?' });
 * graph.addResponse(id, { promptId: prompt.id, content: '4' });
 * graph.updateSession(id, { status: 'completed' });
 * const document = graph.exportSession(id);
 * ```
 */
export class MemoryGraph implements Disposable {
  readonly #db: Connection;
  readonly #sessions: SessionStore;
  readonly #nodes: NodeStore;
  readonly #edges: EdgeStore;
  readonly #documents: DocumentStore;
  readonly #queue: ArchiveQueue;

  private constructor({ path, clock, busyTimeoutMs, failpoint }: MemoryGraphSettings) {
    const now = (): number => Math.trunc(clock.now());
    this.#db = new Connection(openDatabase(path, busyTimeoutMs));
    this.#sessions = new SessionStore(this.#db, now);
    this.#nodes = new NodeStore(this.#db, now);
    this.#edges = new EdgeStore(this.#db, now);
    this.#documents = new DocumentStore(this.#db, this.#sessions, this.#nodes, this.#edges);
    this.#queue = new ArchiveQueue(this.#db, now, failpoint);
  }

  /**
   * Opens a graph file, or creates it.
   *
   * @throws {MemoryGraphError} `unsupported_file` for a file of another program or of a newer release (it stays as it
   *   is), `invalid` for a bad option
   */
  static open(options: MemoryGraphOptions): MemoryGraph {
    return new MemoryGraph(settingsOf(options));
  }

  /** Closes the file. Later calls throw `closed`; closing twice is fine. */
  close(): void {
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws {MemoryGraphError} `already_exists`, `invalid` */
  createSession(session: NewSession): GraphSession {
    return this.#db.write(() => this.#sessions.create(session));
  }

  /** @returns the session, `undefined` when there is none */
  getSession(id: string): GraphSession | undefined {
    return this.#sessions.find(id)?.session;
  }

  /**
   * @param options.ifVersion refuse the change with `conflict` when the session is in another version
   * @throws {MemoryGraphError} `not_found`, `conflict`, `invalid`
   */
  updateSession(id: string, changes: SessionChanges, options: { readonly ifVersion?: number } = {}): GraphSession {
    return this.#db.write(() => this.#sessions.update(id, changes, options.ifVersion));
  }

  /** Sessions by id. @throws {MemoryGraphError} `invalid` */
  listSessions(filter: SessionFilter = {}): GraphSession[] {
    if (filter.limit !== undefined) assertLimit(filter.limit);
    return this.#sessions.list(filter);
  }

  /** Removes a session with its nodes, edges and archive history; `false` when there was none. */
  deleteSession(id: string): boolean {
    return this.#db.write(() => this.#sessions.delete(id));
  }

  /** @throws {MemoryGraphError} `not_found`, `already_exists`, `invalid` */
  addPrompt(sessionId: string, prompt: NewPrompt): Prompt {
    return this.#edit(sessionId, ({ key }) => this.#nodes.add(key, prompts, prompt));
  }

  /** @throws {MemoryGraphError} `not_found`, `already_exists`, `invalid` (also when `promptId` is no prompt of it) */
  addResponse(sessionId: string, response: NewResponse): Response {
    return this.#edit(sessionId, ({ key }) => this.#nodes.add(key, responses, { promptId: null, ...response }));
  }

  /** @throws {MemoryGraphError} `not_found`, `already_exists`, `invalid` (also when `responseId` is no response of it) */
  addToolInvocation(sessionId: string, invocation: NewToolInvocation): ToolInvocation {
    return this.#edit(sessionId, ({ key }) => this.#nodes.add(key, toolInvocations, invocation));
  }

  /** @throws {MemoryGraphError} `not_found`, `invalid` */
  addEdge(sessionId: string, edge: NewEdge): Edge {
    return this.#edit(sessionId, ({ key }) => this.#edges.add(key, edge));
  }

  /** In the order they were added. @throws {MemoryGraphError} `not_found` */
  prompts(sessionId: string): Prompt[] {
    return this.#read(sessionId, ({ key }) => this.#nodes.list(key, prompts));
  }

  /** In the order they were added. @throws {MemoryGraphError} `not_found` */
  responses(sessionId: string): Response[] {
    return this.#read(sessionId, ({ key }) => this.#nodes.list(key, responses));
  }

  /** In the order they were added. @throws {MemoryGraphError} `not_found` */
  toolInvocations(sessionId: string): ToolInvocation[] {
    return this.#read(sessionId, ({ key }) => this.#nodes.list(key, toolInvocations));
  }

  /** In the order they were added. @throws {MemoryGraphError} `not_found` */
  edges(sessionId: string, filter: EdgeFilter = {}): Edge[] {
    return this.#read(sessionId, ({ key }) => this.#edges.list(key, filter));
  }

  /** The whole session as a document. @throws {MemoryGraphError} `not_found` */
  exportSession(id: string): SessionDocument {
    return documentOf(this.#read(id, (stored) => this.#documents.bytesOf(stored)));
  }

  /**
   * Stores a whole session in one transaction, exactly as it is written: ids, order, version and instants.
   *
   * @throws {MemoryGraphError} `invalid` when it is no session document or a tie inside it leads nowhere; `conflict`
   *   when a different session is stored under its id; `already_exists` with `onConflict: 'error'`, and when two nodes
   *   share an id or a sequence number
   */
  importSession(input: SessionDocument | Uint8Array, options: ImportOptions = {}): ImportResult {
    const document = documentOf(input);
    return this.#db.write(() => this.#documents.import(document, options));
  }

  /**
   * Sessions last edited (or ended, if later) at or before `cutoff` whose current version is not archived, oldest
   * first, strictly behind `after`; leased ones too. Give the last one as `after` to read on. Left out are sessions of
   * which the run `runId` has marked any version.
   *
   * @throws {MemoryGraphError} `invalid`
   */
  due(
    cutoff: Date,
    options: {
      readonly after?: DueCursor | undefined;
      readonly limit: number;
      readonly runId?: string | undefined;
    },
  ): SessionRef[] {
    assertLimit(options.limit);
    return this.#queue.due(cutoff, options.after, options.limit, options.runId);
  }

  /**
   * Leases sessions that are not archived in their current version. Refused is what another owner holds; the same
   * owner gets a session again in a new epoch, which shuts out its own earlier holder. A session of which the run
   * `runId` has marked any version is refused as archived by it.
   */
  claim(ids: readonly string[], options: ClaimOptions): ClaimResult {
    return this.#db.write(() => this.#queue.claim(ids, options));
  }

  /** Extends leases still held in their epoch. @returns their ids */
  renew(claims: readonly Pick<SessionClaim, 'id' | 'epoch'>[], options: LeaseOptions): string[] {
    return this.#db.write(() => this.#queue.renew(claims, options));
  }

  /** Gives leases back; those no longer held are left alone. */
  release(claims: readonly Pick<SessionClaim, 'id' | 'epoch'>[], options: { readonly owner: string }): void {
    this.#db.write(() => this.#queue.release(claims, options.owner));
  }

  /** The session as it stands now, `undefined` when there is none. */
  load(id: string): LoadedSession | undefined {
    return this.#db.read(() => {
      const stored = this.#sessions.find(id);
      if (stored === undefined) return undefined;
      const { session } = stored;
      return {
        ref: { id, version: session.version, updatedAt: new Date(touchedAt(session)) },
        bytes: this.#documents.bytesOf(stored),
        tags: session.tags,
        metadata: session.metadata,
        modelId: session.modelId,
      };
    });
  }

  /**
   * Notes where a version went, by compare-and-set: only while the session is still in that version and, when `epoch`
   * is given, under that lease. Ends the lease.
   */
  markArchived(target: MarkTarget, mark: ArchiveMark): MarkResult {
    return this.#db.write(() => this.#queue.mark(target, mark));
  }

  /** Which version is in which archive, oldest version first. @throws {MemoryGraphError} `not_found` */
  archives(sessionId: string): ArchiveRecord[] {
    return this.#read(sessionId, ({ key }) => this.#queue.history(key));
  }

  /**
   * What a run has marked, by session, strictly behind the session `after`.
   *
   * @throws {MemoryGraphError} `invalid`
   */
  marksOf(runId: string, options: { readonly after?: string | undefined; readonly limit: number }): RunMark[] {
    assertLimit(options.limit);
    return this.#queue.marksOf(runId, options.after, options.limit);
  }

  /**
   * Sessions whose current version was archived at or before `cutoff`, by id, strictly behind `after`.
   *
   * @throws {MemoryGraphError} `invalid`
   */
  prunable(cutoff: Date, options: { readonly after?: string | undefined; readonly limit: number }): PrunableSession[] {
    assertLimit(options.limit);
    return this.#queue.prunable(cutoff, options.after, options.limit);
  }

  /**
   * Removes a session with its nodes, edges and archive history, but only while its current version is still this
   * one, in this archive. Import the archive to have it back.
   */
  prune(session: PrunableSession): PruneResult {
    return this.#db.write(() => this.#queue.prune(session));
  }

  #edit<T>(sessionId: string, work: (stored: StoredSession) => T): T {
    return this.#db.write(() => {
      const stored = this.#sessions.require(sessionId);
      const result = work(stored);
      this.#sessions.edit(stored, {});
      return result;
    });
  }

  #read<T>(sessionId: string, work: (stored: StoredSession) => T): T {
    return this.#db.read(() => work(this.#sessions.require(sessionId)));
  }
}

function assertLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new MemoryGraphError('invalid', `\`limit\` must be an integer >= 1, got ${limit}`);
}
