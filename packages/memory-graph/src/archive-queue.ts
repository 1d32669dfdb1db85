import { MemoryGraphError } from './memory-graph-error.ts';
import type { Connection, Row } from './sqlite/connection.ts';

/** A place in the order of due sessions. */
export interface DueCursor {
  readonly updatedAt: Date;
  readonly id: string;
}

/** One version of one session; also the cursor of its place. */
export interface SessionRef extends DueCursor {
  readonly version: number;
}

/** A session under a lease. */
export interface SessionClaim extends SessionRef {
  /** Grows with every claim of the session; a mark under an older epoch is refused. */
  readonly epoch: number;
}

/** Why a session was not claimed. */
export type ClaimRefusal =
  | { readonly id: string; readonly reason: 'leased' | 'gone' }
  | { readonly id: string; readonly reason: 'archived'; readonly runId?: string | undefined };

/** Answer to a claim: every id stands in exactly one of the lists. */
export interface ClaimResult {
  readonly granted: readonly SessionClaim[];
  readonly refused: readonly ClaimRefusal[];
}

/** Where one version of a session went. */
export interface ArchiveMark {
  readonly archiveId: string;
  /** `sha256:<hex>` of what the vault holds. */
  readonly digest: string;
  readonly archivedAt: Date;
  /** The run that archived it. */
  readonly runId?: string | undefined;
}

/** One entry of a session's archive history. */
export interface ArchiveRecord extends ArchiveMark {
  readonly version: number;
}

/** That a run archived a version of a session. */
export interface RunMark {
  readonly sessionId: string;
  readonly version: number;
  readonly archiveId: string;
  readonly digest: string;
}

/** A session whose current version is archived. */
export interface PrunableSession {
  readonly id: string;
  readonly version: number;
  readonly archiveId: string;
  readonly digest: string;
}

/** - `pruned`: removed by this call. - `changed`: edited since, or archived elsewhere; it stays. - `gone`: no such session. */
export type PruneResult = 'pruned' | 'changed' | 'gone';

/** What is marked: a version, and the epoch of the lease when it was claimed. */
export interface MarkTarget {
  readonly id: string;
  readonly version: number;
  readonly epoch?: number | undefined;
}

/** - `marked`: done by this call. - `already`: this version was archived before. - `changed`: another version, or the lease was lost. - `gone`: no such session. */
export type MarkResult = 'marked' | 'already' | 'changed' | 'gone';

/** Who leases, and for how long. */
export interface LeaseOptions {
  readonly owner: string;
  /** How long the lease lasts from now, in milliseconds, at least 1. */
  readonly ttlMs: number;
}

/** Who claims; a session of which `runId` has marked any version is refused as archived by it. */
export interface ClaimOptions extends LeaseOptions {
  readonly runId?: string | undefined;
}

function archiveOf(row: Row): Pick<ArchiveRecord, 'version' | 'archiveId' | 'digest'> {
  return {
    version: Number(row['version']),
    archiveId: String(row['archive_id']),
    digest: String(row['digest']),
  };
}

function refOf(row: Row): SessionRef {
  return {
    id: String(row['id']),
    version: Number(row['version']),
    updatedAt: new Date(Number(row['touched_at'])),
  };
}

/** The sessions on their way into a vault: which are due, who works on them, where they went. */
export class ArchiveQueue {
  readonly #db: Connection;
  readonly #now: () => number;
  readonly #failpoint: (name: 'inside-mark' | 'mid-prune') => void;

  constructor(db: Connection, now: () => number, failpoint: (name: 'inside-mark' | 'mid-prune') => void) {
    this.#db = db;
    this.#now = now;
    this.#failpoint = failpoint;
  }

  due(cutoff: Date, after: DueCursor | undefined, limit: number, runId: string | undefined): SessionRef[] {
    return this.#db
      .all(
        `SELECT id, version, touched_at FROM session
         WHERE archived_version IS NOT version AND touched_at <= ? AND (touched_at, id) > (?, ?)
         AND NOT EXISTS (SELECT 1 FROM archive WHERE session_key = session.key AND run_id = ?)
         ORDER BY touched_at, id LIMIT ?`,
        cutoff.getTime(),
        after?.updatedAt.getTime() ?? Number.MIN_SAFE_INTEGER,
        after?.id ?? '',
        runId ?? null,
        limit,
      )
      .map(refOf);
  }

  claim(ids: readonly string[], lease: ClaimOptions): ClaimResult {
    assertTtl(lease.ttlMs);
    const granted: SessionClaim[] = [];
    const refused: ClaimRefusal[] = [];
    for (const id of new Set(ids)) {
      const answer = this.#claimOne(id, lease);
      if ('epoch' in answer) granted.push(answer);
      else refused.push(answer);
    }
    return { granted, refused };
  }

  #claimOne(id: string, { owner, ttlMs, runId }: ClaimOptions): SessionClaim | ClaimRefusal {
    const row = this.#db.get(
      `SELECT key, id, version, touched_at, archived_version, lease_owner, lease_expires_at, lease_epoch
       FROM session WHERE id = ?`,
      id,
    );
    if (row === undefined) return { id, reason: 'gone' };
    const key = Number(row['key']);
    if (runId !== undefined && this.#isMarkedBy(runId, key)) return { id, reason: 'archived', runId };
    if (row['archived_version'] === row['version']) {
      const other = this.#runOf(key, Number(row['version']));
      return { id, reason: 'archived', ...(other !== undefined && { runId: other }) };
    }
    const now = this.#now();
    const leasedByOther = row['lease_owner'] !== null && row['lease_owner'] !== owner;
    if (leasedByOther && Number(row['lease_expires_at']) > now) {
      // An expiry this far off was written under a clock that runs ahead; left alone it would hold the session as long.
      const latest = now + 2 * ttlMs;
      this.#db.run(
        'UPDATE session SET lease_expires_at = ? WHERE key = ? AND lease_expires_at > ?',
        latest,
        key,
        latest,
      );
      return { id, reason: 'leased' };
    }
    const epoch = Number(row['lease_epoch']) + 1;
    this.#db.run(
      'UPDATE session SET lease_owner = ?, lease_expires_at = ?, lease_epoch = ? WHERE key = ?',
      owner,
      now + ttlMs,
      epoch,
      key,
    );
    return { ...refOf(row), epoch };
  }

  #isMarkedBy(runId: string, key: number): boolean {
    return this.#db.get('SELECT 1 FROM archive WHERE session_key = ? AND run_id = ?', key, runId) !== undefined;
  }

  #runOf(key: number, version: number): string | undefined {
    const mark = this.#db.get('SELECT run_id FROM archive WHERE session_key = ? AND version = ?', key, version);
    const runId = mark?.['run_id'] ?? null;
    return runId === null ? undefined : String(runId);
  }

  renew(claims: readonly Pick<SessionClaim, 'id' | 'epoch'>[], { owner, ttlMs }: LeaseOptions): string[] {
    assertTtl(ttlMs);
    const until = this.#now() + ttlMs;
    return claims
      .filter(
        ({ id, epoch }) =>
          this.#db.run(
            'UPDATE session SET lease_expires_at = ? WHERE id = ? AND lease_owner = ? AND lease_epoch = ?',
            until,
            id,
            owner,
            epoch,
          ) === 1,
      )
      .map(({ id }) => id);
  }

  release(claims: readonly Pick<SessionClaim, 'id' | 'epoch'>[], owner: string): void {
    for (const { id, epoch } of claims) {
      this.#db.run(
        `UPDATE session SET lease_owner = NULL, lease_expires_at = NULL
         WHERE id = ? AND lease_owner = ? AND lease_epoch = ?`,
        id,
        owner,
        epoch,
      );
    }
  }

  mark({ id, version, epoch }: MarkTarget, { archiveId, digest, archivedAt, runId }: ArchiveMark): MarkResult {
    const row = this.#db.get('SELECT key, version, archived_version, lease_epoch FROM session WHERE id = ?', id);
    if (row === undefined) return 'gone';
    const key = Number(row['key']);
    const known = this.#db.get('SELECT 1 FROM archive WHERE session_key = ? AND version = ?', key, version);
    if (known !== undefined) return 'already';
    if (row['version'] !== version || (epoch !== undefined && row['lease_epoch'] !== epoch)) return 'changed';
    this.#db.run(
      'UPDATE session SET archived_version = version, lease_owner = NULL, lease_expires_at = NULL WHERE key = ?',
      key,
    );
    this.#failpoint('inside-mark');
    this.#db.run(
      'INSERT INTO archive (session_key, version, archive_id, digest, archived_at, run_id) VALUES (?, ?, ?, ?, ?, ?)',
      key,
      version,
      archiveId,
      digest,
      archivedAt.getTime(),
      runId ?? null,
    );
    return 'marked';
  }

  prunable(cutoff: Date, after: string | undefined, limit: number): PrunableSession[] {
    return this.#db
      .all(
        `SELECT session.id, session.version, archive.archive_id, archive.digest
         FROM session JOIN archive ON archive.session_key = session.key AND archive.version = session.version
         WHERE session.id > ? AND archive.archived_at <= ? ORDER BY session.id LIMIT ?`,
        after ?? '',
        cutoff.getTime(),
        limit,
      )
      .map((row) => ({ id: String(row['id']), ...archiveOf(row) }));
  }

  prune({ id, version, archiveId }: PrunableSession): PruneResult {
    const row = this.#db.get('SELECT key, version FROM session WHERE id = ?', id);
    if (row === undefined) return 'gone';
    const key = Number(row['key']);
    const mark = this.#db.get('SELECT archive_id FROM archive WHERE session_key = ? AND version = ?', key, version);
    if (row['version'] !== version || mark?.['archive_id'] !== archiveId) return 'changed';
    this.#db.run('DELETE FROM session WHERE key = ?', key);
    this.#failpoint('mid-prune');
    return 'pruned';
  }

  marksOf(runId: string, after: string | undefined, limit: number): RunMark[] {
    return this.#db
      .all(
        `SELECT session.id, archive.version, archive.archive_id, archive.digest
         FROM session JOIN archive ON archive.session_key = session.key
         WHERE session.id > ? AND archive.run_id = ? ORDER BY session.id LIMIT ?`,
        after ?? '',
        runId,
        limit,
      )
      .map((row) => ({ sessionId: String(row['id']), ...archiveOf(row) }));
  }

  history(sessionKey: number): ArchiveRecord[] {
    return this.#db
      .all(
        `SELECT version, archive_id, digest, archived_at, run_id FROM archive
         WHERE session_key = ? ORDER BY version`,
        sessionKey,
      )
      .map((row) => ({
        ...archiveOf(row),
        archivedAt: new Date(Number(row['archived_at'])),
        ...(row['run_id'] === null ? {} : { runId: String(row['run_id']) }),
      }));
  }
}

function assertTtl(ttlMs: number): void {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 1) return;
  throw new MemoryGraphError('invalid', `\`ttlMs\` must be an integer >= 1, got ${ttlMs}`);
}
