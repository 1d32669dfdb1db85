/** Creates what is missing; several processes may do so at once. */
export function schemaOf(prefix: string): string {
  return `
    SELECT pg_advisory_xact_lock(hashtext('${prefix}run-journal'));
    CREATE TABLE IF NOT EXISTS ${prefix}run (
      key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      owner text NOT NULL,
      epoch bigint NOT NULL,
      leased_until timestamptz NOT NULL,
      started_at timestamptz NOT NULL,
      cutoff timestamptz NOT NULL,
      cursor_at timestamptz,
      cursor_id text COLLATE "C",
      archived bigint NOT NULL DEFAULT 0,
      failed bigint NOT NULL DEFAULT 0,
      skipped bigint NOT NULL DEFAULT 0,
      finished_at timestamptz,
      outcome text
    );
    CREATE INDEX IF NOT EXISTS ${prefix}run_unfinished ON ${prefix}run (key) WHERE finished_at IS NULL;
    CREATE TABLE IF NOT EXISTS ${prefix}run_unsettled (
      run_key bigint NOT NULL REFERENCES ${prefix}run (key) ON DELETE CASCADE,
      session_id text COLLATE "C" NOT NULL,
      PRIMARY KEY (run_key, session_id)
    );
    CREATE TABLE IF NOT EXISTS ${prefix}run_failure (
      session_id text COLLATE "C" PRIMARY KEY,
      version bigint NOT NULL,
      attempts integer NOT NULL,
      reason text NOT NULL,
      parked boolean NOT NULL,
      failed_at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${prefix}run_failure_parked ON ${prefix}run_failure (session_id) WHERE parked;
  `;
}
