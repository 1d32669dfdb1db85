// The contract of this package. What is not listed here is private.

export { RegistryClient, type UsageInput } from './registry-client.ts';
export { archivePort } from './archive-port.ts';
export type { RegistryClientOptions } from './options.ts';
export type { PageRequest, SessionFilter } from './filters.ts';
export type { CallOptions } from '@llm-memory-graph/http';
