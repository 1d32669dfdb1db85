import {
  idempotent,
  operations,
  requestMetrics,
  resolveLimits,
  serviceApp,
  silentLogger,
  systemClock,
  type ApiKey,
  type Clock,
  type Limits,
  type Logger,
  type RateLimit,
} from '@llm-memory-graph/service';
import type { RegistryContext } from './context.ts';
import { modelRoutes } from './model/model-routes.ts';
import { registryOpenApi } from './openapi.ts';
import { sessionRoutes } from './session/session-routes.ts';
import type { RegistryStore } from './store/registry-store.ts';
import { usageRoutes } from './usage/usage-routes.ts';

/** What {@link createRegistryServer} needs. */
export interface RegistryServerOptions {
  readonly store: RegistryStore;
  /** Keys that open it. @default none: open to everyone, as tenant `default` */
  readonly keys?: readonly ApiKey[];
  /** @default system */
  readonly clock?: Clock;
  /** @default silent */
  readonly logger?: Logger;
  readonly limits?: Limits;
  /** How often each key may ask. @default no limit */
  readonly rateLimit?: RateLimit;
}

/** A service as a `fetch` handler; any server that speaks `Request` and `Response` can carry it. */
export interface RegistryServer {
  readonly fetch: (request: Request, env?: object) => Response | Promise<Response>;
}

/**
 * The LLM-Registry over a store.
 *
 * @example
 * const store = memoryRegistryStore();
 * const registry = createRegistryServer({ store, keys: [{ secret: 'registry-key' }] });
 * const answer = await registry.fetch(new Request('http://registry/health'));
 *
 * @throws {TypeError} when a key is unusable
 * @throws {RangeError} when a limit is out of range
 */
export function createRegistryServer(options: RegistryServerOptions): RegistryServer {
  const { store, keys = [], clock = systemClock, logger = silentLogger } = options;
  const limits = resolveLimits(options.limits);
  const metrics = requestMetrics('registry');
  const app = serviceApp({ name: 'registry', keys, logger, metrics, rateLimit: options.rateLimit });
  const once = idempotent({ store: store.idempotency, clock, maxBodyBytes: limits.maxBodyBytes });
  const context: RegistryContext = { app, store, clock, limits, once };

  sessionRoutes(context);
  usageRoutes(context);
  modelRoutes(context);
  operations(app, {
    service: 'registry',
    limits,
    metrics,
    ready: () => store.check(),
    openApi: registryOpenApi(),
    capabilities: { max_usage_batch: 1000 },
  });
  return { fetch: (request, env = {}) => app.fetch(request, env) };
}
