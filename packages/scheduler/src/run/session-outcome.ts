/**
 * Why a session was left alone: `archived` in its current version already; `changed` while it was worked on; `leased`
 * by another scheduler or another call; `gone` from the source; `parked` after too many failures.
 */
export type SkipReason = 'archived' | 'changed' | 'leased' | 'gone' | 'parked';

export interface ArchivedSession {
  readonly sessionId: string;
  readonly result: 'archived';
  readonly version: number;
  readonly archiveId: string;
  readonly digest: string;
  readonly size: number;
  readonly duplicate: boolean;
}

export interface SkippedSession {
  readonly sessionId: string;
  readonly result: 'skipped';
  readonly reason: SkipReason;
}

export interface FailedSession {
  readonly sessionId: string;
  readonly result: 'failed';
  readonly version: number;
  readonly reason: string;
  /** False when the same attempt can never succeed. */
  readonly retryable: boolean;
}

/** What one attempt made of a session. */
export type SessionOutcome = ArchivedSession | SkippedSession | FailedSession;

/** An archived session whose archive was made before a crash of the same run; its receipt is known no more. */
export interface FoundArchived {
  readonly sessionId: string;
  readonly result: 'found';
}
