import type { Hono } from 'hono';
import { requireScope } from './bearer-auth.ts';
import { acceptedEncodings } from './content-encoding.ts';
import type { ServiceEnv } from './env.ts';
import { jsonTextAnswer } from './json-answer.ts';
import type { ResolvedLimits } from './limits.ts';
import type { RequestMetrics } from './metrics/request-metrics.ts';
import type { OpenApiEndpoint } from './openapi/openapi-document.ts';
import { maxPageSize } from './paging.ts';
import { problem } from './problem-error.ts';
import { resource } from './resource.ts';

/** What {@link operations} answers with. */
export interface OperationsOptions {
  readonly service: string;
  readonly limits: ResolvedLimits;
  readonly metrics: RequestMetrics;
  /** Rejects while the service cannot do its work. */
  readonly ready: () => void | Promise<void>;
  readonly openApi: Readonly<Record<string, unknown>>;
  /** What else `GET /api/v1/capabilities` tells, snake_case. */
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

/** The operations that {@link operations} adds, for the OpenAPI document. */
export const operationEndpoints = {
  healthCheck: { method: 'GET', path: '/health', auth: 'none', produces: 'application/json', summary: 'Liveness.' },
  readiness: { method: 'GET', path: '/readyz', auth: 'none', produces: 'application/json', summary: 'Readiness.' },
  metrics: { method: 'GET', path: '/metrics', auth: 'bearer', produces: 'text/plain', summary: 'Prometheus metrics.' },
  openApi: {
    method: 'GET',
    path: '/openapi.json',
    auth: 'none',
    produces: 'application/json',
    summary: 'This document.',
  },
  capabilities: {
    method: 'GET',
    path: '/api/v1/capabilities',
    auth: 'none',
    produces: 'application/json',
    summary: 'Encodings and limits of this service.',
  },
} as const satisfies Record<string, OpenApiEndpoint>;

/** Adds `/health`, `/readyz`, `/metrics`, `/openapi.json` and `/api/v1/capabilities`. */
export function operations(app: Hono<ServiceEnv>, options: OperationsOptions): void {
  const { service, limits, metrics, ready, openApi, capabilities } = options;
  const document = JSON.stringify(openApi);
  const able = JSON.stringify({
    service,
    accept_encoding: acceptedEncodings,
    max_body_bytes: limits.maxBodyBytes,
    max_json_depth: limits.maxJsonDepth,
    max_page_size: maxPageSize,
    idempotency_key: true,
    ...capabilities,
  });

  resource(app, '/health', { GET: () => jsonTextAnswer('{"status":"ok"}') });
  resource(app, '/readyz', {
    GET: async () => {
      try {
        await ready();
      } catch (cause) {
        throw problem(503, 'unavailable', 'the store does not answer', { cause, headers: { 'retry-after': '1' } });
      }
      return jsonTextAnswer('{"status":"ready"}');
    },
  });
  resource(
    app,
    '/metrics',
    {
      GET: (c) => {
        requireScope(c, 'metrics:read');
        return jsonTextAnswer(metrics.text(), {
          headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        });
      },
    },
    { produces: false },
  );
  resource(app, '/openapi.json', { GET: () => jsonTextAnswer(document) });
  resource(app, '/api/v1/capabilities', {
    GET: () => jsonTextAnswer(able, { headers: { 'accept-encoding': acceptedEncodings.join(', ') } }),
  });
}
