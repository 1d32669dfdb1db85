import type { ComplianceLevel, RetentionPolicy, RetentionPolicyInput } from '@llm-memory-graph/contracts';
import type { Awaitable, Cancellable } from './call.ts';

/** One version of a session on its way into the vault. */
export interface ArchiveRequest {
  /** UUIDv8 (RFC 9562) made from {@link idempotencyKey}: the same version with the same bytes is the same archive. */
  readonly archiveId: string;
  /** Hex sha256 of `sessionId:version:sha256(bytes)`; the same over retries, restarts and processes. */
  readonly idempotencyKey: string;
  readonly sessionId: string;
  readonly version: number;
  /** The session document. */
  readonly bytes: Uint8Array;
  /** Hex sha256 of {@link bytes}. */
  readonly contentSha256: string;
  /** Days from now that the vault keeps it. */
  readonly retentionDays: number;
  readonly complianceLevel: ComplianceLevel;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Something the vault refused or failed to do for one session. */
export interface VaultFailure {
  readonly ok: false;
  /** Its `message` is kept as the reason of a parked session, so it must not hold session content. */
  readonly error: unknown;
  /** False when the same request can never succeed; the session is then parked at once. */
  readonly retryable: boolean;
}

/** The vault acknowledged an archive durably. */
export interface Archived {
  readonly ok: true;
  readonly archiveId: string;
  /** `sha256:<hex>` of the sealed bytes, as computed on this side and acknowledged by the vault. */
  readonly digest: string;
  /** Size of the sealed bytes. */
  readonly size: number;
  /** True when the vault held the archive before this request; `digest` is then that of the bytes it holds. */
  readonly duplicate?: boolean | undefined;
}

export type ArchiveOutcome = Archived | VaultFailure;

/** What the vault says it holds under an archive id. */
export interface HeldArchive {
  readonly ok: true;
  readonly archiveId: string;
  readonly sessionId: string;
  readonly digest: string;
  readonly size: number;
}

export type ReadBackOutcome = HeldArchive | VaultFailure;

/** Where sessions go. Sealing happens behind this port. */
export interface ArchiveVault {
  /**
   * Stores archives; one outcome per request, in order. The same `archiveId` again is a success with
   * `duplicate: true`, also when its tags or retention differ. Rejects only when the vault could not be asked at all
   * (no connection, timeout, open breaker, refused key): that says nothing about any one session.
   */
  archive(requests: readonly ArchiveRequest[], options: Cancellable): Awaitable<readonly ArchiveOutcome[]>;

  /**
   * Asks the vault anew what it holds - not a cache of this side; one outcome per archive id, in order. The
   * scheduler compares. Rejects as {@link ArchiveVault.archive} does.
   */
  readBack(archiveIds: readonly string[], options: Cancellable): Awaitable<readonly ReadBackOutcome[]>;

  /**
   * Reads whole archives and checks them against their digests; one outcome per archive id, in order. Needed for
   * pruning: what is removed from the source must be there in full, not in name. Rejects as
   * {@link ArchiveVault.archive} does.
   */
  verify?(archiveIds: readonly string[], options: Cancellable): Awaitable<readonly ReadBackOutcome[]>;

  /** Creates a retention policy; idempotent by its id. */
  createRetentionPolicy(policy: RetentionPolicyInput, options: Cancellable): Awaitable<RetentionPolicy>;

  /**
   * The wall clock of the vault. When given, sessions are due by the earlier of both clocks, so that one clock that
   * runs ahead archives nothing early.
   */
  now?(options: Cancellable): Awaitable<Date>;
}
