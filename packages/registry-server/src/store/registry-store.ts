import type { ModelMetadata } from '@llm-memory-graph/contracts';
import type { IdempotencyStore } from '@llm-memory-graph/service';
import type { NewSession, SessionFilter, SessionRecord, SessionState } from './session-record.ts';
import type { ModelUsage, UsageFilter, UsageOutcome, UsagePeriod, UsageRecord, UsageTotals } from './usage-record.ts';

/** Which part of a list: behind `after`, or `offset` items in. */
export interface Slice<Key> {
  readonly limit: number;
  readonly offset: number;
  /** Sort key of the last item before the slice; `offset` counts from there. */
  readonly after?: Key | undefined;
}

/** A part of a list and the length of the whole. */
export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

/** Sort key of sessions: start in ms, then id. */
export type SessionKey = readonly [startedMs: number, sessionId: string];

/** What became of a registration: `same` and `different` compare its content with what the id stood for already. */
export interface Registration {
  readonly outcome: 'created' | 'same' | 'different';
  readonly session: SessionRecord;
}

/**
 * What the registry keeps. Sessions and usage belong to a tenant, models to all. Every write resolves when it is as
 * durable as the store can make it, and each is atomic.
 */
export interface RegistryStore {
  register(tenant: string, session: NewSession): Promise<Registration>;
  session(tenant: string, sessionId: string): Promise<SessionRecord | undefined>;
  /** Oldest first. */
  sessions(tenant: string, filter: SessionFilter, slice: Slice<SessionKey>): Promise<Listing<SessionRecord>>;
  /** Sets what `change` makes of the current state; when it throws, nothing changes and the error comes through. */
  changeState(
    tenant: string,
    sessionId: string,
    change: (current: SessionState) => SessionState,
  ): Promise<SessionRecord | undefined>;
  /** Removes a session and its usage, also from the totals of its models. */
  deleteSession(tenant: string, sessionId: string): Promise<boolean>;

  /** Counts each report once; all of them in one atomic write. Outcomes are in the order of the reports. */
  recordUsage(tenant: string, reports: readonly UsageRecord[]): Promise<readonly UsageOutcome[]>;
  /** Undefined when the session is unknown. */
  sessionUsage(tenant: string, sessionId: string, period?: UsagePeriod): Promise<UsageTotals | undefined>;
  /** All zero when nothing was reported. */
  modelUsage(tenant: string, modelId: string, period?: UsagePeriod): Promise<UsageTotals>;
  /** Each model that a report counts for, by id. */
  usageByModel(tenant: string, filter: UsageFilter, slice: Slice<string>): Promise<Listing<ModelUsage>>;

  /** Adds models or replaces those with the same id. */
  saveModels(models: readonly ModelMetadata[]): Promise<void>;
  model(modelId: string): Promise<ModelMetadata | undefined>;
  /** By id. */
  models(slice: Slice<string>): Promise<Listing<ModelMetadata>>;

  readonly idempotency: IdempotencyStore;
  /** Rejects while the store cannot be read. */
  check(): Promise<void>;
  /** Finishes what is under way and lets go of files. */
  close(): Promise<void>;
}
