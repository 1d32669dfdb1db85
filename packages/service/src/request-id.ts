import { randomUUID } from 'node:crypto';
import type { ServiceContext } from './env.ts';

// What fits in a log line and a header without quoting; everything else is replaced by an id of ours.
const sane = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

/** The caller's `X-Request-Id` when it is sane, else a new one. */
export function requestIdOf(c: ServiceContext): string {
  const given = c.req.header('x-request-id');
  return given !== undefined && sane.test(given) ? given : randomUUID();
}
