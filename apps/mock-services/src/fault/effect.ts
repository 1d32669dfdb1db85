/** A time in ms: fixed, even between `min` and `max`, or log-normal, as networks are, by median and 99th percentile. */
export type Duration =
  number | { readonly min: number; readonly max: number } | { readonly median: number; readonly p99: number };

/** `Retry-After` as a number of seconds or as a date (RFC 9110, section 10.2.3). */
export type RetryAfterForm = 'seconds' | 'date';

/** The answer comes late. */
export interface Latency {
  readonly kind: 'latency';
  readonly ms: Duration;
  /** Wait before the service does anything, or after it committed. @default 'before' */
  readonly when?: 'before' | 'after' | undefined;
}

/** A problem instead of the answer. */
export interface Status {
  readonly kind: 'status';
  /** 400 to 599. */
  readonly status: number;
  /** Seconds. @default no `Retry-After` */
  readonly retryAfter?: number | undefined;
  /** @default 'seconds' */
  readonly retryAfterForm?: RetryAfterForm | undefined;
  /** `after`: what was asked is committed all the same. @default 'before' */
  readonly when?: 'before' | 'after' | undefined;
}

/** 429 when a token bucket is empty, with the time until the next token. */
export interface RateLimit {
  readonly kind: 'rate-limit';
  /** Requests per interval. */
  readonly limit: number;
  /** @default 1000 */
  readonly intervalMs?: number | undefined;
  /** Requests that may come at once. @default limit */
  readonly burst?: number | undefined;
  /** @default 'seconds' */
  readonly retryAfterForm?: RetryAfterForm | undefined;
}

/** The connection breaks. */
export interface Reset {
  readonly kind: 'reset';
  /**
   * Before the headers the service did nothing; after them it committed. An answer without a body, such as 204, has
   * nothing behind its headers and breaks before them.
   *
   * @default 'before-headers'
   */
  readonly at?: 'before-headers' | 'after-headers' | undefined;
}

/** The service commits, then the connection breaks without a byte of the answer. */
export interface LostAnswer {
  readonly kind: 'lost-answer';
}

/** The connection ends inside the body. */
export interface TruncatedBody {
  readonly kind: 'truncated-body';
  /** What still arrives. @default half of the body */
  readonly bytes?: number | undefined;
}

/** The body trickles. */
export interface SlowBody {
  readonly kind: 'slow-body';
  /** @default 16 */
  readonly chunkBytes?: number | undefined;
  /** Between two chunks. @default 50 */
  readonly intervalMs?: number | undefined;
}

/** The body breaks off inside the JSON text, the HTTP message is complete. */
export interface MalformedJson {
  readonly kind: 'malformed-json';
}

/** JSON, but not what the contract says. */
export interface WrongShape {
  readonly kind: 'wrong-shape';
  /**
   * `{"data": …}` around it, one member gone, one member of another type, or `{}`; the seed chooses the member.
   *
   * @default 'wrong-type'
   */
  readonly shape?: 'envelope' | 'missing-field' | 'wrong-type' | 'empty' | undefined;
}

/** The service answers as if it had written, and has not. */
export interface DroppedWrite {
  readonly kind: 'dropped-write';
}

/**
 * The service answers as if all were well and holds something else: one bit of the sealed bytes, the model of a
 * session, the counts of a usage report, the status of a session.
 */
export interface CorruptedWrite {
  readonly kind: 'corrupted-write';
  /**
   * Digest that the vault tells later: of the bytes it really holds, so that reading it back shows the fault, or still
   * the one of the receipt, so that only opening the archive shows it.
   *
   * @default 'follows'
   */
  readonly digest?: 'follows' | 'stale' | undefined;
}

/** What a fault does to one request. */
export type Effect =
  | Latency
  | Status
  | RateLimit
  | Reset
  | LostAnswer
  | TruncatedBody
  | SlowBody
  | MalformedJson
  | WrongShape
  | DroppedWrite
  | CorruptedWrite;

/** Where in the life of a request an effect acts. */
export type Phase = 'limit' | 'before' | 'write' | 'after';

export function phaseOf(effect: Effect): Phase {
  switch (effect.kind) {
    case 'rate-limit':
      return 'limit';
    case 'latency':
    case 'status':
      return effect.when ?? 'before';
    case 'reset':
      return effect.at === 'after-headers' ? 'after' : 'before';
    case 'dropped-write':
    case 'corrupted-write':
      return 'write';
    default:
      return 'after';
  }
}

/** The effect of one kind. */
export type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { readonly kind: Kind }>;
