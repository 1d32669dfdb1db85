import * as z from 'zod/mini';
import { count, freeForm, metadata, modelName, resourceId, tags } from './fields.ts';
import { sessionStatus } from './registry/session.ts';
import { contract } from './wire/contract.ts';

/** Ties of the session graph, the terms of the Rust implementation. */
export const edgeType = z.enum([
  'part_of',
  'follows',
  'responds_to',
  'invokes',
  'handled_by',
  'instantiates',
  'inherits',
  'transfers_to',
]);
export type EdgeType = z.output<typeof edgeType>;

const nodeFields = {
  id: resourceId,
  /** Position in the conversation, from 0; unique among the nodes of a session. */
  sequence: count,
  timestamp: z.date(),
  metadata,
};

const session = z.object({
  id: resourceId,
  modelId: modelName,
  modelVersion: z._default(z.string(), ''),
  status: sessionStatus,
  createdAt: z.date(),
  updatedAt: z.date(),
  endedAt: z._default(z.nullable(z.date()), null),
  /** Counts the edits of the session, from 1; what is archived is one version. */
  version: z.int().check(z.gte(1)),
  metadata,
  tags,
});
export const graphSession = contract('GraphSession', session);
export type GraphSession = z.output<typeof session>;

const prompt = z.object({
  ...nodeFields,
  role: z.enum(['system', 'developer', 'user']),
  /** Text, or the content parts of a multimodal message. */
  content: z.unknown(),
});
export const promptNode = contract('Prompt', prompt);
export type Prompt = z.output<typeof prompt>;

const tokenUsage = z.object({
  promptTokens: count,
  completionTokens: count,
  totalTokens: count,
  /** True when the counts were estimated from the text. */
  estimated: z._default(z.boolean(), false),
});
export type TokenUsage = z.output<typeof tokenUsage>;

const response = z.object({
  ...nodeFields,
  /** The prompt that it answers, null when the conversation starts with a response. */
  promptId: z.nullable(resourceId),
  /** Text or content parts; null when the model only called tools. */
  content: z.unknown(),
  model: z._default(z.nullable(z.string()), null),
  usage: z._default(z.nullable(tokenUsage), null),
  latencyMs: z._default(z.nullable(count), null),
  finishReason: z._default(z.nullable(z.string()), null),
});
export const responseNode = contract('Response', response);
export type Response = z.output<typeof response>;

const toolInvocation = z.object({
  ...nodeFields,
  /** The response that asked for it. */
  responseId: resourceId,
  toolCallId: z._default(z.nullable(z.string()), null),
  toolName: z.string().check(z.minLength(1)),
  /** As the model wrote them; OpenAI-style arguments stay the JSON text that they are. */
  parameters: z.unknown(),
  result: z.unknown(),
  success: z._default(z.boolean(), true),
  error: z._default(z.nullable(z.string()), null),
  durationMs: z._default(z.nullable(count), null),
});
export const toolInvocationNode = contract('ToolInvocation', toolInvocation);
export type ToolInvocation = z.output<typeof toolInvocation>;

const edge = z.object({
  from: resourceId,
  to: resourceId,
  type: edgeType,
  createdAt: z.date(),
  properties: z._default(freeForm, () => ({})),
});
export const graphEdge = contract('Edge', edge);
export type Edge = z.output<typeof edge>;

/** A whole session: what the memory graph exports, the scheduler archives and a restore imports. */
export const sessionDocument = contract(
  'SessionDocument',
  z.object({
    format: z.literal('llm-memory-graph/session'),
    formatVersion: z.literal(1),
    session,
    prompts: z.array(prompt),
    responses: z.array(response),
    toolInvocations: z.array(toolInvocation),
    edges: z.array(edge),
  }),
);
export type SessionDocument = ReturnType<typeof sessionDocument.parse>;
export type SessionDocumentInput = Parameters<typeof sessionDocument.parse>[0];

/** The document's bytes: JSON in UTF-8, wire names, fields in the order of the schema. */
export function encodeSessionDocument(document: SessionDocument): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(sessionDocument.encode(document)));
}

/**
 * Reads what {@link encodeSessionDocument} wrote.
 *
 * @throws {SyntaxError} when the bytes are not JSON
 * @throws {ContractViolation} when they are not a session document
 */
export function decodeSessionDocument(bytes: Uint8Array): SessionDocument {
  return sessionDocument.decode(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
}
