/**
 * `count` sessions of each shape that archives hold: session documents, OpenAI-style messages and requests, Anthropic
 * content blocks. All values are random letters and digits; only the shape and stock phrases repeat.
 */
export function generatedSessions(count: number): string[][] {
  const shapes = [sessionDocument, openAiMessages, openAiRequest, anthropicMessages];
  return shapes.map((shape) => Array.from({ length: count }, (_, seed) => JSON.stringify(shape(mulberry32(seed + 1)))));
}

type Random = () => number;

/** https://github.com/cprosche/mulberry32 (public domain): small, and the same on every machine. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const upTo = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, values: readonly T[]): T => values[upTo(random, values.length)] as T;
const word = (random: Random): string => upTo(random, 2 ** 31).toString(36);
const id = (random: Random): string => Array.from({ length: 4 }, () => word(random)).join('-');
const instant = (random: Random): string => new Date(1.5e12 + upTo(random, 2 ** 31) * 197).toISOString();
const shuffled = <T>(random: Random, values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

/** What assistants of any trade say. */
const phrases = [
  'Thank you for the information. ',
  'Thank you for providing your details. ',
  'Thank you for your patience. ',
  'Thank you for confirming. ',
  'Sure, I can help you with that. ',
  "I'd be happy to help you with that! ",
  "I'm sorry, but I'm unable to ",
  'I apologize for the inconvenience. ',
  'I understand your concern. ',
  'To assist you with this, I need ',
  'To proceed with your request, could you please provide the following information:\n\n1. **',
  'Could you please provide your ',
  'Could you please confirm ',
  'Could you please let me know ',
  'Please let me know if you would like to proceed',
  'Please let me know how you would like to proceed.',
  'Please confirm if you would like to proceed with these changes (yes/no).',
  'Would you like to proceed with this?',
  'If you have any other questions or need further assistance, feel free to let me know!',
  'If you need any more help in the future, feel free to reach out. Have a great day!',
  'Is there anything else I can help you with today?',
  "You're welcome! ",
  'has been successfully ',
  'Here are the details of your ',
  'Here is a summary of the ',
  'Here are some options:\n\n1. **',
  '**\n   - **Date:** ',
  '\n   - **Price:** $',
  '\n- **Total:** $',
  '\n- **Status:** ',
  '\n2. **',
  '\n3. **',
  'the following ',
  'based on the ',
  'in order to ',
  'you would like to ',
  'I would like to ',
  "I don't have ",
  'Yes, please proceed with ',
  "That's all I needed. Thank you!",
  'Hi, I need help with my ',
  'First, I need to ',
  'Let me check ',
  "Let's ",
  'According to ',
  'However, ',
  'available',
  'information',
  'payment method',
  'credit card',
  'account',
  'address',
  'request',
  'customer',
  'confirmation',
];

/** What applications tell their models. */
const instructions = [
  'You are a helpful assistant. ',
  'You are an expert ',
  '# Instructions\n\nThe current date is 20',
  'You can use these tools: ',
  'You should not ',
  'If you do not know the answer, say that you do not know. ',
  'Answer the question using only the context below. If the answer is not in the context, say so.\n\nContext:\n',
  'Use the following tools when ',
  'Think step by step. ',
  'Respond in JSON with the following fields:\n- ',
  'Always ',
  'Never reveal ',
  'The user must ',
  'cannot be ',
  '\n\n## ',
  '\n\n- ',
  '\n  - ',
];

/** Field names of tool results and arguments, as web services call them. */
const fieldNames = [
  'id', 'name', 'type', 'status', 'user_id', 'order_id', 'email', 'phone', 'first_name', 'last_name', 'address', 'address1',
  'address2', 'city', 'state', 'country', 'zip', 'date', 'created_at', 'updated_at', 'start', 'end', 'price', 'amount',
  'currency', 'total', 'quantity', 'items', 'product_id', 'item_id', 'options', 'description', 'title', 'url', 'query',
  'results', 'limit', 'offset', 'payment_methods', 'payment_id', 'payment_history', 'source', 'credit_card', 'brand',
  'last_four', 'gift_card', 'certificate', 'balance', 'message', 'error', 'code', 'content', 'path', 'file', 'line', 'text',
  'number', 'origin', 'destination', 'available', 'reservations', 'membership', 'dob', 'category', 'value', 'count', 'score',
  'metadata', 'tags', 'language', 'summary', 'location', 'units', 'temperature', 'time', 'timezone', 'duration',
]; // prettier-ignore

function prose(random: Random, stock: readonly string[]): string {
  return shuffled(random, stock)
    .map((phrase) => phrase + word(random))
    .join(' ');
}

function value(random: Random, depth: number): unknown {
  const kind = upTo(random, depth > 0 ? 8 : 5);
  if (kind < 2) return word(random);
  if (kind === 2) return upTo(random, 10_000);
  if (kind === 3) return pick(random, [true, false, null]);
  if (kind === 4) return instant(random).slice(0, 10);
  if (kind === 5) return [value(random, depth - 1), value(random, depth - 1)];
  return record(random, depth - 1);
}

function record(random: Random, depth: number): Record<string, unknown> {
  const names = shuffled(random, fieldNames).slice(0, depth > 1 ? fieldNames.length : 6);
  return Object.fromEntries(names.map((name) => [name, value(random, depth)]));
}

const toolResult = (random: Random): string => JSON.stringify(record(random, 2));
const toolArguments = (random: Random): string => JSON.stringify(record(random, 1));

function openAiMessages(random: Random): unknown[] {
  const messages: unknown[] = [{ role: 'system', content: prose(random, instructions) }];
  for (let turn = 0; turn < 4; turn++) {
    const callId = `call_${word(random)}${word(random)}`;
    const name = word(random);
    messages.push(
      { role: 'user', content: prose(random, phrases) },
      { content: prose(random, phrases), role: 'assistant' },
      { role: 'assistant', content: prose(random, phrases) },
      {
        content: null,
        role: 'assistant',
        tool_calls: [{ function: { arguments: toolArguments(random), name }, id: callId, type: 'function' }],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: callId, type: 'function', function: { name, arguments: toolArguments(random) } }],
      },
      { role: 'tool', tool_call_id: callId, name, content: toolResult(random) },
      { role: 'tool', tool_call_id: callId, content: toolResult(random) },
    );
  }
  return messages;
}

function openAiRequest(random: Random): unknown {
  const tool = (): unknown => ({
    type: 'function',
    function: {
      name: word(random),
      description: word(random),
      parameters: {
        type: 'object',
        properties: {
          [word(random)]: { type: 'string', description: `The ${word(random)}` },
          [word(random)]: { type: 'array', items: { type: 'object', properties: {} } },
          [word(random)]: { type: 'number', enum: [word(random), word(random)] },
        },
        required: [word(random)],
        additionalProperties: false,
      },
    },
  });
  return {
    model: word(random),
    messages: openAiMessages(random).slice(0, 3),
    tools: [tool(), tool(), tool()],
    temperature: upTo(random, 2),
    choices: [
      { index: 0, message: { role: 'assistant', content: word(random) }, finish_reason: 'stop', logprobs: null },
    ],
    usage: { prompt_tokens: upTo(random, 9e3), completion_tokens: upTo(random, 9e3), total_tokens: upTo(random, 9e3) },
  };
}

function anthropicMessages(random: Random): unknown[] {
  const messages: unknown[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const toolUse = `toolu_${word(random)}`;
    messages.push(
      { role: 'user', content: [{ type: 'text', text: prose(random, phrases.slice(0, 5)) }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: word(random) },
          { type: 'tool_use', id: toolUse, name: word(random), input: record(random, 1) },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: toolUse, content: toolResult(random) }] },
    );
  }
  return messages;
}

function sessionDocument(random: Random): unknown {
  const turns = Array.from({ length: 4 }, (_, turn) => turn * 3);
  const node = (sequence: number): Record<string, unknown> => ({
    id: id(random),
    sequence,
    timestamp: instant(random),
    metadata: {},
  });
  return {
    format: 'llm-memory-graph/session',
    format_version: 1,
    session: {
      id: id(random),
      model_id: pick(random, ['gpt-4', 'gpt-4o', word(random)]),
      model_version: '',
      status: 'completed',
      created_at: instant(random),
      updated_at: instant(random),
      ended_at: instant(random),
      version: upTo(random, 9),
      metadata: {},
      tags: [],
    },
    prompts: turns.map((turn) => ({
      ...node(turn),
      role: turn === 0 ? 'system' : 'user',
      content: prose(random, turn === 0 ? instructions : phrases.slice(0, 8)),
    })),
    responses: turns.map((turn) => ({
      ...node(turn + 1),
      prompt_id: id(random),
      content: turn % 2 === 0 ? null : prose(random, phrases),
      model: null,
      usage: {
        prompt_tokens: upTo(random, 9e3),
        completion_tokens: upTo(random, 900),
        total_tokens: upTo(random, 9e3),
        estimated: true,
      },
      latency_ms: turn === 0 ? null : upTo(random, 9e3),
      finish_reason: pick(random, ['stop', 'tool_calls']),
    })),
    tool_invocations: turns.map((turn) => ({
      ...node(turn + 2),
      response_id: id(random),
      tool_call_id: `call_${word(random)}`,
      tool_name: word(random),
      parameters: toolArguments(random),
      result: toolResult(random),
      success: true,
      error: null,
      duration_ms: null,
    })),
    edges: ['part_of', 'follows', 'responds_to', 'invokes', 'part_of', 'handled_by'].map((type) => ({
      from: id(random),
      to: id(random),
      type,
      created_at: instant(random),
      properties: {},
    })),
  };
}
