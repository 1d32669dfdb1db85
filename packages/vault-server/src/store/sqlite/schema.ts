/**
 * `archive.head` is the sealed archive's header, which holds the wrapped data key; the rest is in a `pack`. Ids and
 * digests are in as few bytes as they need ("cells"). `audit.previous` is not kept: it is the hash of the row before.
 * `label` is the index over what `labels.ts` says.
 */
export const archiveMigration = `
  CREATE TABLE archive (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    archive_id ANY NOT NULL,
    session_id ANY NOT NULL,
    archived_at TEXT NOT NULL,
    archived_ms INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    requested_days INTEGER NOT NULL,
    retention_days INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    policy_ids TEXT NOT NULL,
    hold_reason TEXT,
    hold_since_ms INTEGER,
    lock_mode TEXT,
    lock_until_ms INTEGER,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    digest ANY NOT NULL,
    size INTEGER NOT NULL,
    sealed_by TEXT NOT NULL,
    encrypted INTEGER NOT NULL,
    compressed INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    audit_sequence INTEGER NOT NULL,
    head BLOB NOT NULL,
    UNIQUE (tenant, archive_id)
  ) STRICT;
  CREATE INDEX archive_by_session ON archive (tenant, session_id);
  CREATE INDEX archive_by_expiry ON archive (tenant, expires_ms);
  CREATE INDEX archive_by_hold ON archive (tenant, position) WHERE hold_since_ms IS NOT NULL;
  CREATE TABLE pack (first INTEGER PRIMARY KEY, entries BLOB NOT NULL, body BLOB NOT NULL) STRICT;
  CREATE TABLE label (
    tenant TEXT NOT NULL, label BLOB NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (tenant, label, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tombstone (
    position INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    archive_id ANY NOT NULL,
    session BLOB NOT NULL,
    digest ANY NOT NULL,
    size INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    deleted_ms INTEGER NOT NULL,
    audit_sequence INTEGER NOT NULL,
    UNIQUE (tenant, archive_id)
  ) STRICT;
  CREATE INDEX tombstone_by_session ON tombstone (tenant, session);
  CREATE TABLE policy (
    tenant TEXT NOT NULL, policy_id TEXT NOT NULL, policy TEXT NOT NULL,
    PRIMARY KEY (tenant, policy_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    tenant TEXT NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, subject ANY NOT NULL, digest ANY, detail TEXT NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (tenant, sequence)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Content too large for a blob is the file `content_file.file` beside the database, without its header: that stays in
 * `archive.head`. An upload's row says how much of its file counts.
 */
export const uploadMigration = `
  CREATE TABLE content_file (position INTEGER PRIMARY KEY, file TEXT NOT NULL) STRICT;
  CREATE TABLE upload (
    upload_id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    archive_id TEXT NOT NULL,
    entry TEXT NOT NULL,
    length INTEGER,
    received INTEGER NOT NULL,
    active_ms INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    UNIQUE (tenant, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX upload_by_activity ON upload (active_ms);
`;

/** Pages of a tenant in the order of storing; without them SQLite sorts all that the tenant has for each page. */
export const orderMigration = `
  CREATE INDEX archive_by_tenant ON archive (tenant, position);
  CREATE INDEX tombstone_by_tenant ON tombstone (tenant, position);
`;
