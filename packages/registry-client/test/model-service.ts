import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as a model service gets it. */
export interface ModelRequest {
  readonly path: string;
  readonly body: { readonly stream?: boolean; readonly model?: string };
}

type Reply = (response: ServerResponse, request: ModelRequest) => unknown;

/** Stands in for OpenAI and Anthropic on 127.0.0.1. */
export async function modelService(reply: Reply) {
  const seen: ModelRequest[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const request = { path: incoming.url ?? '', body: JSON.parse(body) as ModelRequest['body'] };
      seen.push(request);
      reply(response, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function json(value: unknown, status = 200): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1' });
    response.end(JSON.stringify(value));
  };
}

/** Server-sent events as text. `named` writes the `event` field, as Anthropic and Responses do. */
export function eventText(events: readonly unknown[], named = false): string {
  return events
    .map((event) => {
      const data = typeof event === 'string' ? event : JSON.stringify(event);
      return `${named ? `event: ${String((event as { type?: unknown }).type)}\n` : ''}data: ${data}\n\n`;
    })
    .join('');
}

/** A stream of events, in pieces of `size` bytes, wherever that cuts them. */
export function events(list: readonly unknown[], { named = false, size = Infinity } = {}): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const bytes = Buffer.from(eventText(list, named));
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
    response.end();
  };
}

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 };
const chunk = (fields: object) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4o',
  ...fields,
});
const choice = (delta: object, finish: string | null = null) => ({ index: 0, delta, finish_reason: finish });

/** What OpenAI says to `chat.completions.create`. */
export const chat = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Four. ✓' }, finish_reason: 'stop' }],
  usage,
};

/** The same as a stream, with `stream_options: { include_usage: true }`. */
export const chatEvents = [
  chunk({ choices: [choice({ role: 'assistant', content: '' })] }),
  chunk({ choices: [choice({ content: 'Four. ' })] }),
  chunk({ choices: [choice({ content: '✓' })] }),
  chunk({ choices: [choice({}, 'stop')] }),
  chunk({ choices: [], usage }),
  '[DONE]',
];

/** The same without it. */
export const chatEventsWithoutUsage = chatEvents.filter((event) => typeof event === 'string' || !('usage' in event));

const output = [{ type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'Four.' }] }];

/** What OpenAI says to `responses.create`. */
export const response = {
  id: 'r',
  object: 'response',
  created_at: 1,
  model: 'gpt-4.1',
  status: 'completed',
  output,
  usage: { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
};

export const responseEvents = [
  { type: 'response.created', sequence_number: 0, response: { ...response, output: [], usage: null } },
  {
    type: 'response.output_text.delta',
    sequence_number: 1,
    item_id: 'm',
    output_index: 0,
    content_index: 0,
    delta: 'Four.',
  },
  { type: 'response.completed', sequence_number: 2, response },
];

export const embedding = {
  object: 'list',
  model: 'text-embedding-3-small',
  data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
  usage: { prompt_tokens: 8, total_tokens: 8 },
};

const messageUsage = { input_tokens: 9, cache_creation_input_tokens: 2, cache_read_input_tokens: 5, output_tokens: 6 };

/** What Anthropic says to `messages.create`. */
export const message = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [{ type: 'text', text: 'Four.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: messageUsage,
};

export const messageEvents = [
  {
    type: 'message_start',
    message: { ...message, content: [], stop_reason: null, usage: { ...messageUsage, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Four.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 6 } },
  { type: 'message_stop' },
];
