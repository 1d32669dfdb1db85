import type { Hono } from 'hono';
import { checkAccept } from './accept.ts';
import type { Handler, ServiceEnv } from './env.ts';
import { problem } from './problem-error.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

/** How a resource answers. */
export interface ResourceOptions {
  /** Media type of its answers, checked against `Accept`; `false` for no check. @default 'application/json' */
  readonly produces?: string | false;
}

/**
 * Adds a resource: its handlers by method, and 405 with `Allow` for every other method.
 *
 * @param path Hono pattern, for example `/api/v1/sessions/:id`
 */
export function resource(
  app: Hono<ServiceEnv>,
  path: string,
  handlers: Readonly<Partial<Record<Method, Handler>>>,
  options: ResourceOptions = {},
): void {
  const produces = options.produces ?? 'application/json';
  const methods = Object.keys(handlers);
  // Hono answers HEAD from the GET handler, body dropped, unless there is an own one.
  const allow = methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods;
  app.all(path, async (c) => {
    c.set('route', path);
    const method = c.req.method as Method;
    const handler = handlers[method] ?? (method === 'HEAD' ? handlers.GET : undefined);
    if (!handler) {
      throw problem(405, 'method-not-allowed', `${method.slice(0, 32)} is not possible here`, {
        headers: { allow: allow.join(', ') },
      });
    }
    if (produces !== false) checkAccept(c, produces);
    return handler(c);
  });
}
