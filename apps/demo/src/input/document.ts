import { createHash } from 'node:crypto';
import {
  sessionDocument,
  type Edge,
  type Prompt,
  type Response,
  type SessionDocument,
  type TokenUsage,
  type ToolInvocation,
} from '@llm-memory-graph/contracts';
import type { AssistantMessage, Message } from './conversation.ts';
import type { FoundConversation } from './input-file.ts';
import { estimateTokens } from './token-estimate.ts';

/** Model that tau-bench's published airline trajectories and files without a model name are counted for. */
const unnamedModel = 'gpt-4o';

/** Ids that stay the same from run to run: made of the file's name and the content. */
export function sessionIdOf(conversation: FoundConversation): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([conversation.messages, conversation.metadata]))
    .digest('hex')
    .slice(0, 16);
  return `${conversation.file.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 100)}-${hash}`;
}

type MessageOf<Role extends Message['role']> = Extract<Message, { role: Role }>;

/** Narrows by role; loose objects defeat the compiler's own narrowing. */
function isKind<Role extends Message['role']>(message: Message, ...roles: Role[]): message is MessageOf<Role> {
  return (roles as string[]).includes(message.role);
}

/** Builds the nodes and edges of a session, message by message. */
class DocumentBuilder {
  readonly prompts: Prompt[] = [];
  readonly responses: Response[] = [];
  readonly toolInvocations: ToolInvocation[] = [];
  readonly edges: Edge[] = [];
  readonly #sessionId: string;
  readonly #model: string;
  readonly #timestamp: Date;
  #sequence = 0;
  #lastNode: string | undefined;
  #contextTokens = 0;

  constructor(sessionId: string, model: string, timestamp: Date) {
    this.#sessionId = sessionId;
    this.#model = model;
    this.#timestamp = timestamp;
  }

  add(message: Message): void {
    if (isKind(message, 'assistant')) this.#response(message);
    else if (isKind(message, 'tool', 'function')) this.#toolResult(message);
    else if (isKind(message, 'system', 'developer', 'user')) this.#prompt(message);
    if (message.role !== 'assistant') this.#contextTokens += estimateTokens(message.content);
  }

  #node(kind: string, metadata: Record<string, unknown>) {
    const sequence = this.#sequence++;
    return { id: `${this.#sessionId}-${kind}${String(sequence)}`, sequence, timestamp: this.#timestamp, metadata };
  }

  #edge(from: string, to: string, type: Edge['type']): void {
    this.edges.push({ from, to, type, createdAt: this.#timestamp, properties: {} });
  }

  #follow(id: string): void {
    if (this.#lastNode !== undefined) this.#edge(id, this.#lastNode, 'follows');
    this.#lastNode = id;
  }

  #prompt({ role, content, ...metadata }: Extract<Message, { role: 'system' | 'developer' | 'user' }>): void {
    const node = this.#node('p', metadata);
    this.prompts.push({ ...node, role, content: content ?? null });
    this.#edge(node.id, this.#sessionId, 'part_of');
    this.#follow(node.id);
  }

  #response({ role: _role, content, tool_calls: calls, usage, model, ...metadata }: AssistantMessage): void {
    const node = this.#node('r', metadata);
    const promptId = this.prompts.at(-1)?.id ?? null;
    const tokens = this.#tokens(content, calls, usage);
    const finishReason = calls?.length ? 'tool_calls' : 'stop';
    this.responses.push({
      ...node,
      promptId,
      content: content ?? null,
      model: model ?? this.#model,
      usage: tokens,
      latencyMs: null,
      finishReason,
    });
    if (promptId !== null) this.#edge(node.id, promptId, 'responds_to');
    this.#follow(node.id);
    for (const { id, type: _type, function: called } of calls ?? []) {
      const invocation = this.#node('t', {});
      this.toolInvocations.push({
        ...invocation,
        responseId: node.id,
        toolCallId: id ?? null,
        toolName: called.name,
        parameters: called.arguments ?? null,
        result: null,
        success: true,
        error: null,
        durationMs: null,
      });
      this.#edge(node.id, invocation.id, 'invokes');
    }
    this.#contextTokens += tokens.completionTokens;
  }

  #tokens(content: unknown, calls: unknown, usage: AssistantMessage['usage']): TokenUsage {
    if (usage) {
      const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
      return {
        promptTokens,
        completionTokens,
        totalTokens: usage.total_tokens ?? promptTokens + completionTokens,
        estimated: false,
      };
    }
    const promptTokens = this.#contextTokens;
    const completionTokens = estimateTokens(content) + estimateTokens(calls);
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, estimated: true };
  }

  #toolResult({
    role: _role,
    content,
    tool_call_id: callId,
    ...metadata
  }: Extract<Message, { role: 'tool' | 'function' }>): void {
    const open = this.toolInvocations.findLastIndex(
      (call) => call.result === null && (callId === undefined || call.toolCallId === callId),
    );
    const invocation = this.toolInvocations[open];
    const result = content ?? '';
    if (invocation) {
      this.toolInvocations[open] = { ...invocation, result, metadata };
      return;
    }
    // A result without a call still happened; it is kept with the response before it, or as a prompt of its own.
    const response = this.responses.at(-1);
    const name = typeof metadata['name'] === 'string' && metadata['name'] !== '' ? metadata['name'] : 'unknown';
    if (response) {
      const node = this.#node('t', metadata);
      const call = { responseId: response.id, toolCallId: callId ?? null, toolName: name, parameters: null };
      this.toolInvocations.push({ ...node, ...call, result, success: true, error: null, durationMs: null });
      this.#edge(response.id, node.id, 'invokes');
    } else this.#prompt({ role: 'user', content: result, ...metadata, tool_call_id: callId });
  }
}

/** The session document of a conversation. Nothing that the file says of it is dropped. */
export function documentOf(conversation: FoundConversation): SessionDocument {
  const id = sessionIdOf(conversation);
  const at = conversation.createdAt ?? conversation.writtenAt;
  const model = conversation.model ?? unnamedModel;
  const builder = new DocumentBuilder(id, model, at);
  for (const message of conversation.messages) builder.add(message);
  const { prompts, responses, toolInvocations, edges } = builder;
  return sessionDocument.parse({
    format: 'llm-memory-graph/session',
    formatVersion: 1,
    session: {
      id,
      modelId: model,
      status: 'completed',
      createdAt: at,
      updatedAt: at,
      endedAt: at,
      version: 1,
      metadata: { ...conversation.metadata },
      tags: [...conversation.tags],
    },
    prompts,
    responses,
    toolInvocations,
    edges,
  });
}
