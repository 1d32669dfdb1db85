import { idempotencyMigration } from '@llm-memory-graph/service/node';

/** The schema's history; only ever append. Times are ms since the epoch, metadata and tags are JSON text. */
export const migrations: readonly string[] = [
  `CREATE TABLE sessions (
     tenant TEXT NOT NULL, session_id TEXT NOT NULL, model_id TEXT NOT NULL, model_version TEXT NOT NULL,
     started_at TEXT NOT NULL, started_ms INTEGER NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL,
     fingerprint TEXT NOT NULL, status TEXT NOT NULL, ended_ms INTEGER,
     PRIMARY KEY (tenant, session_id)
   ) STRICT;
   CREATE INDEX sessions_by_start ON sessions (tenant, started_ms, session_id);
   CREATE INDEX sessions_by_model ON sessions (tenant, model_id, started_ms);

   CREATE TABLE usage (
     tenant TEXT NOT NULL, session_id TEXT NOT NULL, report_key TEXT NOT NULL, model_id TEXT NOT NULL,
     prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
     latency_ms INTEGER, timestamp_ms INTEGER NOT NULL, metadata TEXT NOT NULL,
     PRIMARY KEY (tenant, session_id, report_key)
   ) STRICT;
   CREATE INDEX usage_by_model ON usage (tenant, model_id, timestamp_ms);

   -- Usage added up per session and per model, so that reading it costs the same after a million reports.
   CREATE TABLE totals (
     tenant TEXT NOT NULL, of TEXT NOT NULL CHECK (of IN ('session', 'model')), id TEXT NOT NULL,
     reports INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
     total_tokens INTEGER NOT NULL, latency_sum_ms INTEGER NOT NULL, latency_count INTEGER NOT NULL,
     first_ms INTEGER, last_ms INTEGER,
     PRIMARY KEY (tenant, of, id)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE models (model_id TEXT PRIMARY KEY, model TEXT NOT NULL) STRICT`,
  idempotencyMigration,
];
