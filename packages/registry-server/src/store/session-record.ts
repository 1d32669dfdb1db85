import type { SessionStatus } from '@llm-memory-graph/contracts';

/** A session as a client registered it. */
export interface NewSession {
  readonly sessionId: string;
  readonly modelId: string;
  readonly modelVersion: string;
  /** RFC 3339, as the client wrote it: nine fraction digits survive. */
  readonly startedAt: string;
  /** The same instant in ms since the epoch; lists are sorted by it. */
  readonly startedMs: number;
  /** Raw JSON text of an object. */
  readonly metadata: string;
  readonly tags: readonly string[];
  /** Digest of the content; the same id with another one is a conflict. */
  readonly fingerprint: string;
}

/** What changes while a session lives. */
export interface SessionState {
  readonly status: SessionStatus;
  /** When it was completed or failed, ms since the epoch. */
  readonly endedMs: number | null;
}

/** A session as the registry holds it. */
export interface SessionRecord extends NewSession, SessionState {
  /** Usage reports counted. */
  readonly reports: bigint;
  readonly totalTokens: bigint;
}

/** Which sessions a list holds. */
export interface SessionFilter {
  readonly status?: SessionStatus | undefined;
  readonly modelId?: string | undefined;
  readonly tag?: string | undefined;
  /** Exclusive, ms since the epoch. */
  readonly startedBefore?: number | undefined;
  /** Exclusive, ms since the epoch. */
  readonly startedAfter?: number | undefined;
}
