import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { InvalidConfigError } from '@llm-memory-graph/http';
import { pooledFetch } from '@llm-memory-graph/http/node';
import { trackFetch, UsageBuffer, type ModelFetch, type TrackFetchOptions, type UsageInput } from '../src/index.ts';
import {
  chat,
  chatEvents,
  chatEventsWithoutUsage,
  embedding,
  events,
  eventText,
  json,
  message,
  messageEvents,
  modelService,
  response,
  responseEvents,
  type ModelRequest,
} from './model-service.ts';
import { registryFor } from './registry.ts';

const sessionId = 's1';
const messages = [{ role: 'user' as const, content: 'What is 2 + 2?' }];

function tracking(options: Partial<TrackFetchOptions> = {}, fetch: ModelFetch = globalThis.fetch) {
  const reports: UsageInput[] = [];
  const untracked: unknown[] = [];
  const tracked = trackFetch(
    fetch,
    { track: (report) => reports.push(report) },
    {
      sessionId,
      onUntracked: ({ reason }) => untracked.push(reason),
      ...options,
    },
  );
  return { fetch: tracked, reports, untracked };
}

const openai = (url: string, fetch: ModelFetch) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-1', fetch, maxRetries: 1 });
const anthropic = (url: string, fetch: ModelFetch) => new Anthropic({ baseURL: url, apiKey: 'sk-2', fetch });

describe('trackFetch under the openai package', () => {
  it('reports a chat completion, and gives it unchanged', async () => {
    await using service = await modelService(json(chat));
    const { fetch, reports } = tracking();
    const call = openai(service.url, fetch).chat.completions.create({ model: 'gpt-4o', messages });
    const { data, response: raw } = await call.withResponse();
    expect(data).toEqual(chat);
    expect(data).toHaveProperty('_request_id', 'req-1');
    expect(raw.url).toBe(`${service.url}/v1/chat/completions`);
    expect(reports).toEqual([
      {
        sessionId,
        modelId: 'gpt-4o',
        promptTokens: 11,
        completionTokens: 4,
        totalTokens: 15,
        latencyMs: expect.any(Number) as number,
        metadata: { endpoint: 'chat/completions' },
      },
    ]);
  });

  it.each([1, 2, 7, 64, Infinity])('reports a streamed chat completion, in pieces of %d bytes', async (size) => {
    await using service = await modelService(events(chatEvents, { size }));
    const { fetch, reports, untracked } = tracking();
    const stream = await openai(service.url, fetch).chat.completions.create({
      model: 'gpt-4o',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let said = '';
    for await (const part of stream) said += part.choices[0]?.delta.content ?? '';
    expect(said).toBe('Four. ✓');
    await vi.waitFor(() => expect(reports).toHaveLength(1));
    expect(reports[0]).toMatchObject({ modelId: 'gpt-4o', promptTokens: 11, completionTokens: 4, totalTokens: 15 });
    expect(untracked).toEqual([]);
  });

  it('reports responses, streamed or not, and embeddings', async () => {
    const reply = ({ path, body }: ModelRequest) => {
      if (path.endsWith('/embeddings')) return json(embedding);
      return body.stream === true ? events(responseEvents, { named: true }) : json(response);
    };
    await using service = await modelService((out, request) => reply(request)(out, request));
    const { fetch, reports } = tracking();
    const client = openai(service.url, fetch);
    expect((await client.responses.create({ model: 'gpt-4.1', input: 'Hi' })).output_text).toBe('Four.');
    const types: string[] = [];
    for await (const { type } of await client.responses.create({ model: 'gpt-4.1', input: 'Hi', stream: true }))
      types.push(type);
    expect(types).toEqual(responseEvents.map(({ type }) => type));
    await client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi', encoding_format: 'float' });
    const of = { modelId: 'gpt-4.1', promptTokens: 20, completionTokens: 7, totalTokens: 27 };
    expect(reports).toMatchObject([
      { ...of, metadata: { endpoint: 'responses' } },
      { ...of, metadata: { endpoint: 'responses' } },
      { modelId: 'text-embedding-3-small', promptTokens: 8, completionTokens: 0, totalTokens: 8 },
    ]);
  });

  it('says when a stream held no usage, or estimates it when asked to', async () => {
    await using service = await modelService(events(chatEventsWithoutUsage));
    const read = async (fetch: ModelFetch): Promise<void> => {
      const client = openai(service.url, fetch);
      for await (const _ of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    };
    const plain = tracking();
    await read(plain.fetch);
    await vi.waitFor(() => expect(plain.untracked).toEqual(['no-usage']));
    expect(plain.reports).toEqual([]);
    const estimating = tracking({ withoutUsage: 'estimate' });
    await read(estimating.fetch);
    await vi.waitFor(() => expect(estimating.reports).toHaveLength(1));
    expect(estimating.reports[0]).toMatchObject({
      promptTokens: Math.ceil('What is 2 + 2?'.length / 4),
      completionTokens: Math.ceil('Four. ✓'.length / 4),
      metadata: { estimated: true },
    });
  });

  it('leaves errors and the repeats of the package alone', async () => {
    let asked = 0;
    await using service = await modelService((out, request) => {
      asked++;
      const reply = asked === 1 ? json({ error: { message: 'slow down' } }, 429) : json(chat);
      reply(out, request);
    });
    const { fetch, reports } = tracking();
    await openai(service.url, fetch).chat.completions.create({ model: 'gpt-4o', messages });
    expect(asked).toBe(2);
    expect(reports).toHaveLength(1);
    await using broken = await modelService(json({ error: { message: 'no' } }, 400));
    const call = openai(broken.url, fetch).chat.completions.create({ model: 'gpt-4o', messages });
    await expect(call).rejects.toMatchObject({ status: 400 });
    expect(reports).toHaveLength(1);
  });
});

describe('trackFetch under the @anthropic-ai/sdk package', () => {
  it('reports a message; what its prompt cache took counts as prompt', async () => {
    await using service = await modelService(json(message));
    const { fetch, reports } = tracking();
    const said = await anthropic(service.url, fetch).messages.create({ model: 'claude-x', max_tokens: 9, messages });
    expect(said.content).toEqual(message.content);
    expect(reports).toMatchObject([
      {
        modelId: 'claude-x',
        promptTokens: 16,
        completionTokens: 6,
        totalTokens: 22,
        metadata: { endpoint: 'v1/messages' },
      },
    ]);
  });

  it.each([1, 5, Infinity])('reports a streamed message, in pieces of %d bytes', async (size) => {
    await using service = await modelService(events(messageEvents, { named: true, size }));
    const { fetch, reports } = tracking();
    const stream = anthropic(service.url, fetch).messages.stream({ model: 'claude-x', max_tokens: 9, messages });
    expect(await stream.finalText()).toBe('Four.');
    await vi.waitFor(() => expect(reports).toHaveLength(1));
    expect(reports[0]).toMatchObject({ modelId: 'claude-x', promptTokens: 16, completionTokens: 6, totalTokens: 22 });
  });
});

describe('trackFetch never comes between a call and its answer', () => {
  const post = { method: 'POST', body: '{}' };

  it('passes every byte on as it comes: an event is there before the next one is sent', async () => {
    const [first = '', ...rest] = chatEvents.map((event) => eventText([event]));
    const gate = Promise.withResolvers<void>();
    await using service = await modelService(async (out) => {
      out.writeHead(200, { 'content-type': 'text/event-stream' });
      out.write(first);
      await gate.promise;
      out.end(rest.join(''));
    });
    const { fetch, reports } = tracking();
    const answer = await fetch(`${service.url}/v1/chat/completions`, post);
    const reader = (answer.body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    expect((await reader.read()).value).toBe(first);
    gate.resolve();
    let all = first;
    for (let part = await reader.read(); !part.done; part = await reader.read()) all += part.value;
    expect(all).toBe(eventText(chatEvents));
    expect(reports).toHaveLength(1);
  });

  it('does not wait for its sink, whatever that does', async () => {
    await using service = await modelService(json(chat));
    const seen: unknown[] = [];
    const options = { sessionId, onUntracked: ({ reason }: { reason: string }) => seen.push(reason) };
    const never = trackFetch(fetch, { trackUsage: () => new Promise<void>(() => undefined) }, options);
    const rejecting = trackFetch(fetch, { trackUsage: () => Promise.reject(new Error('down')) }, options);
    const throwing = trackFetch(fetch, { track: () => { throw new Error('broken'); } }, options); // prettier-ignore
    const hearing = trackFetch(
      fetch,
      {
        track: () => {
          throw new Error('broken');
        },
      },
      {
        // prettier-ignore
        sessionId,
        onUntracked: () => {
          throw new Error('broken, too');
        },
      },
    );
    for (const tracked of [never, rejecting, throwing, hearing]) {
      const said = await openai(service.url, tracked).chat.completions.create({ model: 'gpt-4o', messages });
      expect(said.choices).toEqual(chat.choices);
    }
    await vi.waitFor(() => expect(seen).toEqual(['failed', 'failed']));
  });

  it('a session that cannot be told, or is none, leaves the call alone', async () => {
    await using service = await modelService(json(chat));
    const failing = tracking({
      sessionId: () => {
        throw new Error('no session');
      },
    });
    expect(await (await failing.fetch(`${service.url}/v1/chat/completions`, post)).json()).toEqual(chat);
    expect([failing.reports, failing.untracked]).toEqual([[], ['failed']]);
    const none = tracking({ sessionId: ({ headers }) => headers.get('x-session') ?? undefined });
    await (await none.fetch(`${service.url}/v1/chat/completions`, post)).json();
    const named = { ...post, headers: { 'x-session': 's-7' } };
    await (await none.fetch(`${service.url}/v1/chat/completions`, named)).json();
    expect(none.reports.map((report) => report.sessionId)).toEqual(['s-7']);
  });

  it('calls that are none of a model pass untouched', async () => {
    await using service = await modelService(json({ usage: { prompt_tokens: 1 } }));
    const inner = vi.fn(globalThis.fetch);
    const { fetch, reports } = tracking({}, inner);
    const init = { method: 'POST', body: '{}' };
    for (const path of ['/v1/files', '/v1/models', '/v1/chat/completions/x'])
      expect(await fetch(service.url + path, init)).toBe(await inner.mock.results.at(-1)?.value);
    expect(inner.mock.calls.every(([, passed]) => passed === init)).toBe(true);
    expect(reports).toEqual([]);
  });

  it('takes a URL and a Request, too', async () => {
    await using service = await modelService(json(chat));
    const { fetch, reports } = tracking();
    const url = new URL(`${service.url}/openai/deployments/x/chat/completions?api-version=1`);
    await (await fetch(url, post)).json();
    await (await fetch(new Request(url, post))).json();
    expect(reports).toHaveLength(2);
  });

  it('an abort in the middle of a stream is the caller’s; what is known is reported as incomplete', async () => {
    const head = eventText(messageEvents.slice(0, 4), true);
    await using service = await modelService((out) => {
      out.writeHead(200, { 'content-type': 'text/event-stream' });
      out.write(head);
    });
    const { fetch, reports } = tracking();
    const stream = anthropic(service.url, fetch).messages.stream({ model: 'claude-x', max_tokens: 9, messages });
    stream.on('text', () => stream.abort());
    await expect(stream.done()).rejects.toThrow('abort');
    await vi.waitFor(() => expect(reports).toHaveLength(1));
    expect(reports[0]).toMatchObject({ promptTokens: 16, completionTokens: 1, metadata: { complete: false } });
  });

  it('a stream that is cut fails as it would without', async () => {
    await using service = await modelService((out) => {
      out.writeHead(200, { 'content-type': 'text/event-stream' });
      out.write(eventText(chatEvents.slice(0, 2)), () => out.destroy());
    });
    const { fetch, untracked } = tracking();
    const answer = await fetch(`${service.url}/v1/chat/completions`, post);
    await expect(answer.text()).rejects.toThrow();
    await vi.waitFor(() => expect(untracked).toEqual(['no-usage']));
  });

  it('an answer that is no JSON, or too large to look into, is passed on whole', async () => {
    const large = JSON.stringify({ ...chat, padding: 'x'.repeat(10_000) });
    const bodies = ['<html>', large];
    await using service = await modelService((out) => {
      out.writeHead(200, { 'content-type': 'application/json' });
      out.end(bodies[service.seen.length - 1]);
    });
    const { fetch, reports, untracked } = tracking({ maxBytes: 1_000 });
    for (const body of bodies) expect(await (await fetch(`${service.url}/v1/completions`, post)).text()).toBe(body);
    expect(untracked).toEqual(['unreadable', 'too-large']);
    expect(reports).toEqual([]);
  });

  it('works over the pooled transport', async () => {
    await using service = await modelService((out, request) =>
      (request.body.stream === true ? events(chatEvents) : json(chat))(out, request),
    );
    await using pool = pooledFetch({ proxyFromEnv: false });
    const over: ModelFetch = (url, init = {}) => pool.fetch(url as string, init);
    const { fetch, reports } = tracking({}, over);
    const client = openai(service.url, fetch);
    expect((await client.chat.completions.create({ model: 'gpt-4o', messages })).choices).toEqual(chat.choices);
    for await (const _ of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    await vi.waitFor(() => expect(reports).toHaveLength(2));
  });
});

describe('trackFetch', () => {
  it('brings usage into a registry, through a buffer', async () => {
    await using service = await modelService((out, request) =>
      (request.body.stream === true ? events(chatEvents) : json(chat))(out, request),
    );
    const registry = registryFor().client();
    await registry.registerSession({ sessionId, modelId: 'gpt-4o' });
    await using usage = new UsageBuffer(registry);
    const client = openai(service.url, trackFetch(fetch, usage, { sessionId }));
    const ask = () => client.chat.completions.create({ model: 'gpt-4o', messages });
    await Promise.all(Array.from({ length: 5 }, ask));
    for await (const _ of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    await usage.flush();
    expect(await registry.getSessionUsage(sessionId)).toMatchObject({ totalPrompts: 6, totalTokens: 90 });
  });

  it.each<[object, string]>([
    [{ sessionId: '' }, 'sessionId must be a session id or a function, got ""'],
    [{}, 'sessionId is required'],
    [{ sessionId, onUntrackd: () => undefined }, 'there is no option onUntrackd'],
    [{ sessionId, onUntracked: 'log' }, 'onUntracked must be a function, got "log"'],
    [{ sessionId, withoutUsage: 'guess' }, `withoutUsage must be 'skip' or 'estimate', got "guess"`],
    [{ sessionId, maxBytes: 0 }, 'maxBytes must be an integer >= 1, got 0'],
  ])('%j is refused', (options, text) => {
    const make = () => trackFetch(fetch, { track: () => undefined }, options as TrackFetchOptions);
    expect(make).toThrow(InvalidConfigError);
    expect(make).toThrow(text);
  });
});
