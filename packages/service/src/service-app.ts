import { Hono } from 'hono';
import { keyRing, type ApiKey } from './api-key.ts';
import { anonymous, authenticate } from './bearer-auth.ts';
import type { ServiceEnv } from './env.ts';
import { silentLogger, type Logger } from './logger.ts';
import type { RequestMetrics } from './metrics/request-metrics.ts';
import { checkPath } from './path-check.ts';
import { problem } from './problem-error.ts';
import { problemResponse } from './problem-response.ts';
import { rateGate, type RateLimit } from './rate-limit.ts';
import { requestIdOf } from './request-id.ts';

/** What {@link serviceApp} needs. */
export interface ServiceAppOptions {
  /** Name of the service, in `WWW-Authenticate` and in the log. */
  readonly name: string;
  /** Keys that open it; none at all opens it to everyone as tenant `default`. */
  readonly keys: readonly ApiKey[];
  /** Paths that need no key. @default health, readiness, capabilities and the OpenAPI document */
  readonly openPaths?: readonly string[];
  /** How often each key may ask; open paths are not counted. @default no limit */
  readonly rateLimit?: RateLimit | undefined;
  /** @default silent */
  readonly logger?: Logger;
  /** Where finished requests are counted. @default nowhere */
  readonly metrics?: RequestMetrics;
}

const openByDefault = ['/health', '/readyz', '/openapi.json', '/api/v1/capabilities'];

/**
 * A Hono application in which every request has an id, a checked path and a principal, and every error is answered as
 * problem details.
 *
 * @throws {TypeError} when a key is unusable
 * @throws {RangeError} when the rate limit is out of range
 */
export function serviceApp(options: ServiceAppOptions): Hono<ServiceEnv> {
  const { name, openPaths = openByDefault, logger = silentLogger, metrics } = options;
  const keys = keyRing(options.keys);
  const open = new Set(openPaths);
  const gate = options.rateLimit && rateGate(options.rateLimit);
  const app = new Hono<ServiceEnv>();

  app.use(async (c, next) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(c);
    c.set('requestId', requestId);
    c.set('route', 'none');
    try {
      checkPath(c);
      const isOpen = open.has(c.req.path);
      const principal = isOpen ? anonymous : authenticate(c, keys, name);
      c.set('principal', principal);
      if (!isOpen) gate?.(principal);
      await next();
    } catch (error) {
      c.res = problemResponse(c, error, logger);
    }
    c.res.headers.set('x-request-id', requestId);
    const seconds = (performance.now() - startedAt) / 1000;
    const outcome = { method: c.req.method, route: c.get('route'), status: c.res.status, seconds };
    metrics?.record(outcome);
    logger.debug({ request_id: requestId, service: name, ...outcome }, 'request');
  });
  app.notFound(() => {
    throw problem(404, 'not-found', 'there is nothing at this path');
  });
  // Errors of handlers: Hono hands them here before they reach the middleware above.
  app.onError((error, c) => problemResponse(c, error, logger));
  return app;
}
