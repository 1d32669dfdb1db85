// The contract of this package. What is not listed here is private.

export { RegistryClient } from './registry-client.ts';
export { UsageBuffer } from './usage/usage-buffer.ts';
export { trackFetch, type ModelFetch } from './track/track-fetch.ts';
export { SessionRegistration } from './session-registration.ts';
export { archivePort } from './archive-port.ts';
export type { Registry } from './registry.ts';
export type { RegistryClientOptions } from './options.ts';
export type { RegistryCacheOptions } from './registry-cache.ts';
export type { PageRequest, SessionFilter, UsageFilter, UsagePeriod } from './filters.ts';
export type { UsageInput } from './usage/usage-input.ts';
export type { FlushOptions } from './usage/usage-buffer.ts';
export type { UsageBufferOptions } from './usage/usage-buffer-options.ts';
export type { UsageBufferEvents } from './usage/usage-buffer-events.ts';
export type { UsageReceiver, UsageRefusal } from './usage/deliver-batch.ts';
export type { QueuedBatch, QueuedReport, SpooledUsage, UsageSpool } from './usage/usage-spool.ts';
export type { ModelCall, TrackFetchOptions, Untracked, UsageSink } from './track/track-fetch-options.ts';
export type { CacheLife, CallOptions, HttpAnswer } from '@llm-memory-graph/http';
