import { postgresIdempotencyMigration } from '@llm-memory-graph/service/postgres';

/**
 * The schema's history; only ever append. Times are ms since the epoch, metadata is JSON text. Ids sort by code point
 * (`COLLATE "C"`), in every database alike. Each tag is a JSON string: that form has no NUL and no half surrogate,
 * which PostgreSQL cannot hold.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE session (
     tenant text COLLATE "C" NOT NULL, session_id text COLLATE "C" NOT NULL, model_id text COLLATE "C" NOT NULL,
     model_version text NOT NULL, started_at text NOT NULL, started_ms bigint NOT NULL, metadata text NOT NULL,
     tags text[] NOT NULL, fingerprint text NOT NULL, status text NOT NULL, ended_ms bigint,
     PRIMARY KEY (tenant, session_id)
   );
   CREATE INDEX session_by_start ON session (tenant, started_ms, session_id);
   CREATE INDEX session_by_model ON session (tenant, model_id, started_ms);
   CREATE INDEX session_by_tag ON session USING gin (tags);

   CREATE TABLE usage (
     tenant text COLLATE "C" NOT NULL, session_id text COLLATE "C" NOT NULL, report_key text COLLATE "C" NOT NULL,
     model_id text COLLATE "C" NOT NULL, prompt_tokens bigint NOT NULL, completion_tokens bigint NOT NULL,
     total_tokens bigint NOT NULL, latency_ms bigint, timestamp_ms bigint NOT NULL, metadata text NOT NULL,
     PRIMARY KEY (tenant, session_id, report_key)
   );
   CREATE INDEX usage_by_model ON usage (tenant, model_id, timestamp_ms);

   -- Usage added up per session and per model, so that reading it costs the same after a million reports of a model. Sums are
   -- exact beyond 64 bits, so that those of a deleted session can be taken out again. A model has several shards,
   -- which add up, so that processes that count for the same model do not wait for each other.
   CREATE TABLE total (
     tenant text COLLATE "C" NOT NULL, kind text NOT NULL CHECK (kind IN ('session', 'model')),
     id text COLLATE "C" NOT NULL, shard integer NOT NULL, reports bigint NOT NULL, prompt_tokens numeric NOT NULL,
     completion_tokens numeric NOT NULL, total_tokens numeric NOT NULL, latency_sum_ms numeric NOT NULL,
     latency_count bigint NOT NULL, PRIMARY KEY (tenant, kind, id, shard)
   ) WITH (fillfactor = 70);

   CREATE TABLE model (model_id text COLLATE "C" PRIMARY KEY, model text NOT NULL);
   ${postgresIdempotencyMigration}`,
];
