import * as z from 'zod/mini';

const toolCall = z.looseObject({
  id: z.optional(z.string()),
  type: z.optional(z.string()),
  function: z.looseObject({ name: z.string().check(z.minLength(1)), arguments: z.optional(z.unknown()) }),
});

const content = z.optional(z.nullable(z.union([z.string(), z.array(z.unknown())])));

/** Token counts as OpenAI reports them. */
const usage = z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.optional(z.int()) });

/** One message of an OpenAI-style chat. */
const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.enum(['system', 'developer', 'user']), content }),
  z.looseObject({
    role: z.literal('assistant'),
    content,
    tool_calls: z.optional(z.nullable(z.array(toolCall))),
    usage: z.optional(usage),
    model: z.optional(z.string()),
  }),
  z.looseObject({ role: z.enum(['tool', 'function']), content, tool_call_id: z.optional(z.string()) }),
]);
export type Message = z.output<typeof message>;
export type AssistantMessage = Extract<Message, { role: 'assistant' }>;

const messages = z.array(message).check(z.minLength(1));

/** A request log: the messages that were sent, and the completion where it is there. */
const chatLog = z.looseObject({
  messages,
  model: z.optional(z.string()),
  created: z.optional(z.number()),
  choices: z.optional(z.array(z.looseObject({ message }))),
  usage: z.optional(usage),
});

/** A trajectory of tau-bench (https://github.com/sierra-research/tau-bench). */
const trajectory = z.looseObject({ task_id: z.union([z.int(), z.string()]), traj: messages });

/** What an input file holds of one session, whatever its shape was. */
export interface Conversation {
  readonly messages: readonly Message[];
  readonly model: string | undefined;
  readonly createdAt: Date | undefined;
  /** Everything else that the file said of it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** Where a value does not have the shape. */
export interface Misfit {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for an array whose elements are messages rather than conversations. */
export function looksLikeMessages(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && 'role' in item);
}

function checked<T>(schema: z.ZodMiniType<T>, value: unknown): T | Misfit {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return { path: issue?.path ?? [], message: issue ? describe(issue) : 'wrong shape' };
}

// The messages of the schema library can quote values; these cannot.
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${issue.expected === 'object' ? 'an object' : issue.expected}`;
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'role')
    return 'must be system, developer, user, assistant, tool or function';
  return 'has the wrong shape';
}

function isMisfit(value: object): value is Misfit {
  return 'path' in value && 'message' in value && !('messages' in value);
}

/** Reads one value of an input file as a conversation. */
export function conversationOf(value: unknown): Conversation | Misfit {
  if (looksLikeMessages(value)) {
    const list = checked(messages, value);
    return Array.isArray(list)
      ? { messages: list, model: undefined, createdAt: undefined, metadata: {}, tags: [] }
      : list;
  }
  if (isObject(value) && 'traj' in value) {
    const found = checked(trajectory, value);
    if (isMisfit(found)) return found;
    const { traj, ...metadata } = found;
    return { messages: traj, model: undefined, createdAt: undefined, metadata, tags: ['tau-bench'] };
  }
  if (isObject(value) && 'messages' in value) {
    const found = checked(chatLog, value);
    if (isMisfit(found)) return found;
    const { messages: sent, model, created, choices, usage: total, ...metadata } = found;
    const reply = choices?.[0]?.message;
    const all = reply ? [...sent, total && reply.role === 'assistant' ? { ...reply, usage: total } : reply] : sent;
    return {
      messages: all,
      model,
      createdAt: created === undefined ? undefined : new Date(created * 1000),
      metadata,
      tags: [],
    };
  }
  return {
    path: [],
    message: 'is neither a list of chat messages, nor an object with "messages", nor one with "traj"',
  };
}
