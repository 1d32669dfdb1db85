import type { Clock, Handler, ResolvedLimits, ServiceEnv } from '@llm-memory-graph/service';
import type { Hono } from 'hono';
import type { RegistryStore } from './store/registry-store.ts';

/** What the routes of the registry work with. */
export interface RegistryContext {
  readonly app: Hono<ServiceEnv>;
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  /** Makes a handler heed `Idempotency-Key`. */
  readonly once: (handler: Handler) => Handler;
}

export const scopes = { read: 'registry:read', write: 'registry:write' } as const;
