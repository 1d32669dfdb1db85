/** Marks a SQLite file as a run journal (`PRAGMA application_id`): "LMGj". */
export const applicationId = 0x4c4d476a;

export const schemaVersion = 1;

export const schema = `
  CREATE TABLE run (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    cutoff INTEGER NOT NULL,
    cursor_at INTEGER,
    cursor_id TEXT,
    archived INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    outcome TEXT
  ) STRICT;
  CREATE INDEX run_unfinished ON run (key) WHERE finished_at IS NULL;

  -- Sessions begun in a run and not settled yet.
  CREATE TABLE unsettled (
    run_key INTEGER NOT NULL REFERENCES run (key) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    PRIMARY KEY (run_key, session_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE failure (
    session_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    parked INTEGER NOT NULL,
    failed_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX failure_parked ON failure (session_id) WHERE parked = 1;
`;
