import { callback, checkOptions, integerFrom, InvalidConfigError, optionsOf } from '@llm-memory-graph/http';
import * as z from 'zod/mini';
import type { UsageInput } from '../usage/usage-input.ts';

/** Where reports go: a `UsageBuffer`, or a registry. */
export type UsageSink = { track(report: UsageInput): unknown } | { trackUsage(report: UsageInput): Promise<void> };

/** A call that is about to be made. */
export interface ModelCall {
  readonly url: string;
  /** Of the request. */
  readonly headers: Headers;
}

/** Why the usage of a call is not reported. */
export interface Untracked {
  /**
   * `no-usage`: the answer did not say; `unreadable`: it is not what its kind should be; `too-large`: more than
   * `maxBytes`; `failed`: `sessionId`, or the sink, threw.
   */
  readonly reason: 'no-usage' | 'unreadable' | 'too-large' | 'failed';
  readonly cause?: unknown;
}

/** Options of `trackFetch`. */
export interface TrackFetchOptions {
  /** Session that the calls belong to. A function is asked as a call starts; `undefined` leaves that call alone. */
  readonly sessionId: string | ((call: ModelCall) => string | undefined);
  /**
   * What happens when an answer ends without its usage: nothing is reported, or an estimate of four characters per
   * token, with `estimated: true` in its metadata.
   *
   * @default 'skip'
   */
  readonly withoutUsage?: 'skip' | 'estimate';
  /** Largest answer that is not streamed, and largest single event of a stream, to look into, in bytes. @default 8388608 */
  readonly maxBytes?: number;
  /** Hears of calls whose usage is not reported. @default none */
  readonly onUntracked?: (untracked: Untracked) => void;
  /** Monotonic time in ms. @default performance.now */
  readonly monotonic?: () => number;
}

export interface ResolvedTrackOptions {
  readonly sessionId: (call: ModelCall) => string | undefined;
  readonly estimate: boolean;
  readonly maxBytes: number;
  readonly onUntracked: (untracked: Untracked) => void;
  readonly monotonic: () => number;
}

function isSessionIdOrFunction(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && value !== '');
}

const schema = optionsOf({
  sessionId: z.custom(isSessionIdOrFunction, 'must be a session id or a function'),
  withoutUsage: z.enum(['skip', 'estimate'], "must be 'skip' or 'estimate'"),
  maxBytes: integerFrom(1),
  onUntracked: callback,
  monotonic: callback,
});

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveTrackOptions(options: TrackFetchOptions): ResolvedTrackOptions {
  checkOptions(schema, options);
  const { sessionId, withoutUsage = 'skip', maxBytes = 8 * 1024 * 1024 } = options;
  if ((sessionId as unknown) === undefined) throw new InvalidConfigError('sessionId is required');
  return {
    sessionId: typeof sessionId === 'function' ? sessionId : () => sessionId,
    estimate: withoutUsage === 'estimate',
    maxBytes,
    onUntracked: options.onUntracked ?? (() => undefined),
    monotonic: options.monotonic ?? (() => performance.now()),
  };
}
