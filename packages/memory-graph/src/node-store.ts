import {
  promptNode,
  responseNode,
  toolInvocationNode,
  type Contract,
  type Prompt,
  type Response,
  type TokenUsage,
  type ToolInvocation,
} from '@llm-memory-graph/contracts';
import { checked } from './checked.ts';
import { MemoryGraphError } from './memory-graph-error.ts';
import type { Connection } from './sqlite/connection.ts';
import { isConstraintFailure } from './sqlite/sqlite-failure.ts';

interface NewNode {
  /** @default a random UUID */
  readonly id?: string;
  /** Position in the conversation. @default behind the last node */
  readonly sequence?: number;
  /** @default the graph's clock */
  readonly timestamp?: Date;
  /** @default {} */
  readonly metadata?: Record<string, unknown>;
}

export interface NewPrompt extends NewNode {
  readonly role: Prompt['role'];
  /** Text, or the content parts of a multimodal message; any JSON value. */
  readonly content: unknown;
}

export interface NewResponse extends NewNode {
  /** The prompt that it answers. @default null */
  readonly promptId?: string | null;
  /** Text or content parts; `null` when the model only called tools. */
  readonly content: unknown;
  readonly model?: string | null;
  readonly usage?: Omit<TokenUsage, 'estimated'> & { readonly estimated?: boolean };
  readonly latencyMs?: number | null;
  readonly finishReason?: string | null;
}

export interface NewToolInvocation extends NewNode {
  /** The response that asked for it. */
  readonly responseId: string;
  readonly toolCallId?: string | null;
  readonly toolName: string;
  readonly parameters: unknown;
  readonly result: unknown;
  /** @default true */
  readonly success?: boolean;
  readonly error?: string | null;
  readonly durationMs?: number | null;
}

/** One kind of node: how it is stored, and which kind of node it hangs on. */
export interface NodeKind<Node extends { readonly id: string; readonly sequence: number }> {
  readonly name: 'prompt' | 'response' | 'tool_invocation';
  readonly contract: Pick<Contract<Node, never>, 'parse' | 'decode' | 'encode'>;
  readonly parent: { readonly field: string; readonly kind: string; of(node: Node): string | null } | undefined;
}

export const prompts: NodeKind<Prompt> = { name: 'prompt', contract: promptNode, parent: undefined };
export const responses: NodeKind<Response> = {
  name: 'response',
  contract: responseNode,
  parent: { field: 'promptId', kind: 'prompt', of: (node) => node.promptId },
};
export const toolInvocations: NodeKind<ToolInvocation> = {
  name: 'tool_invocation',
  contract: toolInvocationNode,
  parent: { field: 'responseId', kind: 'response', of: (node) => node.responseId },
};

/** Prompts, responses and tool invocations. Methods that write expect to run in a transaction. */
export class NodeStore {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(db: Connection, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** Fills the defaults of a new node and stores it. */
  add<Node extends { readonly id: string; readonly sequence: number }>(
    sessionKey: number,
    kind: NodeKind<Node>,
    input: NewNode,
  ): Node {
    const node = checked(() =>
      kind.contract.parse({
        ...input,
        id: input.id ?? crypto.randomUUID(),
        sequence: input.sequence ?? this.#nextSequence(sessionKey),
        timestamp: input.timestamp ?? new Date(this.#now()),
      } as never),
    );
    return kind.contract.decode(JSON.parse(this.insert(sessionKey, kind, node)));
  }

  /** @returns the stored JSON */
  insert<Node extends { readonly id: string; readonly sequence: number }>(
    sessionKey: number,
    kind: NodeKind<Node>,
    node: Node,
  ): string {
    const body = JSON.stringify(checked(() => kind.contract.encode(node)));
    this.#assertParent(sessionKey, kind, node);
    try {
      this.#db.run(
        'INSERT INTO node (session_key, id, kind, sequence, body) VALUES (?, ?, ?, ?, ?)',
        sessionKey,
        node.id,
        kind.name,
        node.sequence,
        body,
      );
    } catch (error) {
      if (!isConstraintFailure(error)) throw error;
      const taken = `node ${JSON.stringify(node.id)} or sequence ${node.sequence}`;
      throw new MemoryGraphError('already_exists', `The session has ${taken} already`, { cause: error });
    }
    return body;
  }

  list<Node extends { readonly id: string; readonly sequence: number }>(
    sessionKey: number,
    kind: NodeKind<Node>,
  ): Node[] {
    return this.#db
      .all('SELECT body FROM node WHERE session_key = ? AND kind = ? ORDER BY key', sessionKey, kind.name)
      .map((row) => kind.contract.decode(JSON.parse(String(row['body']))));
  }

  #nextSequence(sessionKey: number): number {
    const row = this.#db.get('SELECT max(sequence) AS last FROM node WHERE session_key = ?', sessionKey);
    const last = row?.['last'] ?? null;
    return last === null ? 0 : Number(last) + 1;
  }

  #assertParent<Node extends { readonly id: string; readonly sequence: number }>(
    sessionKey: number,
    { name, parent }: NodeKind<Node>,
    node: Node,
  ): void {
    const id = parent?.of(node) ?? null;
    if (parent === undefined || id === null) return;
    const row = this.#db.get('SELECT kind FROM node WHERE session_key = ? AND id = ?', sessionKey, id);
    if (row?.['kind'] === parent.kind) return;
    throw new MemoryGraphError(
      'invalid',
      `\`${parent.field}\` of ${name} ${JSON.stringify(node.id)} must be a ${parent.kind} of its session, got ${JSON.stringify(id)}`,
    );
  }
}
