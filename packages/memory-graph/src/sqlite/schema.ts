/** Marks a SQLite file as a memory graph (`PRAGMA application_id`): "LMGr". */
export const applicationId = 0x4c4d4772;

/**
 * What leads from each schema version to the next; `PRAGMA user_version` counts those applied. Entries are never
 * edited once released.
 *
 * A `body` is the JSON of one part of the session document in its wire form, so an export is a concatenation and
 * gives back what was imported byte for byte. The other columns are what is searched and compared.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE session (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    model_id TEXT NOT NULL,
    status TEXT NOT NULL,
    -- The later of the last edit and the end of the session, in ms since the epoch.
    touched_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- The latest version that is in a vault.
    archived_version INTEGER,
    lease_owner TEXT,
    lease_expires_at INTEGER,
    -- Never reset: a holder from before must not pass for the current one.
    lease_epoch INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX session_due ON session (touched_at, id) WHERE archived_version IS NOT version;
  CREATE INDEX session_model ON session (model_id, id);

  CREATE TABLE node (
    key INTEGER PRIMARY KEY,
    session_key INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('prompt', 'response', 'tool_invocation')),
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (session_key, id),
    UNIQUE (session_key, sequence)
  ) STRICT;
  CREATE INDEX node_kind ON node (session_key, kind, key);

  CREATE TABLE edge (
    key INTEGER PRIMARY KEY,
    session_key INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX edge_source ON edge (session_key, source);
  CREATE INDEX edge_target ON edge (session_key, target);

  CREATE TABLE archive (
    session_key INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    archive_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    archived_at INTEGER NOT NULL,
    run_id TEXT,
    PRIMARY KEY (session_key, version)
  ) STRICT, WITHOUT ROWID;
  `,
];
