/**
 * The schema's history; only ever append. Times are ms since the epoch. Text that clients choose freely is JSON, which
 * holds no NUL and no half surrogate; PostgreSQL can hold neither.
 *
 * `archive_key.head` is the sealed archive's header with the wrapped data key; the rest is in objects, `extents` tells
 * where: `[[object key, offset, bytes], ...]`. Every object that counts has a row, and a row is written before anybody
 * relies on its object: whoever finds an object without one takes its key first, and thereby keeps everybody else from
 * relying on it.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE audit_head (tenant text COLLATE "C" PRIMARY KEY, sequence bigint NOT NULL, hash text NOT NULL)
     WITH (fillfactor = 50);
   CREATE TABLE audit (
     tenant text COLLATE "C" NOT NULL, sequence bigint NOT NULL, at_ms bigint NOT NULL, actor text NOT NULL,
     action text NOT NULL, subject text NOT NULL, detail text NOT NULL, previous text NOT NULL, hash text NOT NULL,
     PRIMARY KEY (tenant, sequence)
   );

   CREATE TABLE archive (
     tenant text COLLATE "C" NOT NULL, archive_id text COLLATE "C" NOT NULL, session_id text COLLATE "C" NOT NULL,
     archived_at text NOT NULL, archived_ms bigint NOT NULL, stored_ms bigint NOT NULL, requested_days integer NOT NULL,
     retention_days integer NOT NULL, expires_ms bigint NOT NULL, policy_ids text NOT NULL, hold text, lock_mode text,
     lock_until_ms bigint, tags text NOT NULL, metadata text NOT NULL, labels text[] NOT NULL, digest text NOT NULL,
     size bigint NOT NULL, sealed_by text NOT NULL, encrypted boolean NOT NULL, compressed boolean NOT NULL,
     revision integer NOT NULL, audit_sequence bigint NOT NULL, extents jsonb NOT NULL,
     PRIMARY KEY (tenant, archive_id)
   );
   CREATE UNIQUE INDEX archive_by_arrival ON archive (tenant, audit_sequence);
   CREATE INDEX archive_by_session ON archive (tenant, session_id);
   CREATE INDEX archive_by_expiry ON archive (tenant, expires_ms);
   CREATE INDEX archive_by_label ON archive USING gin (labels);
   CREATE INDEX archive_by_object ON archive ((extents->0->>0));

   CREATE TABLE archive_key (
     tenant text COLLATE "C" NOT NULL, archive_id text COLLATE "C" NOT NULL, head bytea NOT NULL,
     PRIMARY KEY (tenant, archive_id)
   ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

   CREATE TABLE tombstone (
     tenant text COLLATE "C" NOT NULL, archive_id text COLLATE "C" NOT NULL, position bigint NOT NULL,
     session text NOT NULL, digest text NOT NULL, size bigint NOT NULL, stored_ms bigint NOT NULL,
     deleted_ms bigint NOT NULL, audit_sequence bigint NOT NULL, PRIMARY KEY (tenant, archive_id)
   );
   CREATE INDEX tombstone_by_session ON tombstone (tenant, session);
   CREATE INDEX tombstone_by_arrival ON tombstone (tenant, position);

   CREATE TABLE policy (
     tenant text COLLATE "C" NOT NULL, policy_id text COLLATE "C" NOT NULL, policy text NOT NULL,
     PRIMARY KEY (tenant, policy_id)
   );

   CREATE TABLE object (
     key text COLLATE "C" PRIMARY KEY, state text NOT NULL CHECK (state IN ('live', 'removing', 'orphan')),
     parts_id text, bytes bigint NOT NULL, live_bytes bigint NOT NULL, live integer NOT NULL,
     retry_at timestamptz NOT NULL DEFAULT now()
   );
   CREATE INDEX object_to_remove ON object (retry_at) WHERE state = 'removing';
   CREATE INDEX object_to_compact ON object (key) WHERE state = 'live' AND 2 * live_bytes < bytes;

   CREATE TABLE upload (
     upload_id text COLLATE "C" PRIMARY KEY, tenant text COLLATE "C" NOT NULL, key text NOT NULL,
     archive_id text COLLATE "C" NOT NULL, entry text NOT NULL, length bigint, received bigint NOT NULL,
     active_ms bigint NOT NULL, completed boolean NOT NULL, front bytea NOT NULL, extents jsonb NOT NULL,
     parts_key text, parts_id text, next_part integer NOT NULL, parts jsonb NOT NULL, tail jsonb NOT NULL,
     UNIQUE (tenant, key)
   );
   CREATE INDEX upload_by_activity ON upload (active_ms);
   CREATE INDEX upload_by_archive ON upload (tenant, archive_id)`,
];
