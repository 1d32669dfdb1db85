import { isolated } from '../events.ts';
import type { UsageInput } from '../usage/usage-input.ts';
import { tapped, withBody } from './tap.ts';
import {
  resolveTrackOptions,
  type ResolvedTrackOptions,
  type TrackFetchOptions,
  type UsageSink,
} from './track-fetch-options.ts';
import { AnswerWatcher, type StartedCall } from './watch-answer.ts';

/** `fetch`, as the clients of model services take it. */
export type ModelFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

// Versions and prefixes differ by provider (Azure, gateways), the ends do not.
const tracked = /\/(chat\/completions|completions|responses|embeddings|v1\/messages)\/?$/;

/**
 * Wraps the `fetch` of an OpenAI- or Anthropic-style client, so that the usage of every call is reported: Chat
 * Completions, Completions, Responses, Embeddings and Messages, streamed or not. Requests go out and answers come back
 * unchanged, byte for byte, and no call waits for its report or fails because of it.
 *
 * @throws {InvalidConfigError} naming the option and its value
 *
 * @example
 * const openai = new OpenAI({ fetch: trackFetch(fetch, usage, { sessionId: 'session-1' }) });
 */
export function trackFetch(fetch: ModelFetch, sink: UsageSink, options: TrackFetchOptions): ModelFetch {
  const resolved = resolveTrackOptions(options);
  const untracked = (cause: unknown): void => isolated(() => resolved.onUntracked({ reason: 'failed', cause }));
  const report = (usage: UsageInput): void => {
    if ('track' in sink) sink.track(usage);
    else void sink.trackUsage(usage).catch(untracked);
  };
  return async (input, init) => {
    let call: StartedCall | undefined;
    try {
      call = startedCall(input, init, resolved);
    } catch (cause) {
      untracked(cause);
    }
    const response = await fetch(input, init);
    if (!call || !response.ok || !isReadable(response)) return response;
    const isStream = /^\s*text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
    return withBody(response, tapped(response.body, new AnswerWatcher(call, isStream, resolved, report)));
  };
}

function startedCall(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { sessionId, monotonic }: ResolvedTrackOptions,
): StartedCall | undefined {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const url = request?.url ?? (input instanceof URL ? input.href : (input as string));
  const [path = ''] = url.split(/[?#]/, 1);
  const endpoint = tracked.exec(path)?.[1];
  if (endpoint === undefined || (init?.method ?? request?.method)?.toUpperCase() !== 'POST') return undefined;
  const session = sessionId({ url, headers: new Headers(init?.headers ?? request?.headers) });
  if (session === undefined) return undefined;
  const body = typeof init?.body === 'string' ? init.body : undefined;
  return { sessionId: session, endpoint, request: body, startedMs: monotonic() };
}

function isReadable(response: Response): response is Response & { readonly body: ReadableStream<Uint8Array> } {
  // A fetch that is not the platform's may give another kind of stream; it is left alone.
  return !response.bodyUsed && typeof response.body?.getReader === 'function' && !response.body.locked;
}
