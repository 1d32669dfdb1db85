import type { Contract } from '@llm-memory-graph/contracts';
import type { CacheLife } from './cache/cache-options.ts';

/** Per call. */
export interface CallOptions {
  /** Cancels the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Time of one attempt, body included, in ms. @default the client's */
  readonly timeoutMs?: number | undefined;
  /** Time of the whole call in ms. @default the client's */
  readonly deadlineMs?: number | undefined;
  /** Names the logical operation; the same over every repeat of it. @default a random UUID per call of a POST */
  readonly idempotencyKey?: string | undefined;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Keeps the answer of a GET for so long; `false` neither reads nor fills the cache. @default the client's */
  readonly cache?: CacheLife | false | undefined;
  /** Gets the raw answer before its body is read as a value; of a call that takes several requests, each one. */
  readonly onAnswer?: ((answer: HttpAnswer) => void) | undefined;
}

/** One operation of a service. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the base URL, percent-encoded, without query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** JSON text or bytes, sent the same on every attempt. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** @default 'application/json' when there is a body */
  readonly contentType?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the key goes along. @default true */
  readonly authenticated?: boolean;
  /** Paths whose kept answers, and those below them, a write makes wrong. @default `path` */
  readonly invalidates?: readonly string[];
}

/** An answer with its body read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Set when the body comes from the client's cache; a `fresh` or `stale` one took no request (`attempts` is 0). */
  readonly cached?: 'fresh' | 'stale' | 'revalidated';
}

/** A decoded answer next to the raw one. */
export interface Decoded<T> {
  readonly value: T;
  readonly answer: HttpAnswer;
}

/** How an answer's body is read. */
export type Decoder<T> = (answer: HttpAnswer) => T;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text. @throws {TypeError} when it is not UTF-8 */
export function textOf(answer: HttpAnswer): string {
  return strictUtf8.decode(answer.body);
}

/** Reads a bare JSON value that fits `contract`. */
export function json<T>(contract: Contract<T, never> | Pick<Contract<T>, 'decode'>): Decoder<T> {
  return (answer) => contract.decode(JSON.parse(textOf(answer)));
}

/** For answers whose body says nothing. */
export const nothing: Decoder<void> = () => undefined;
