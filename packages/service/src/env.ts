import type { Context } from 'hono';
import type { Principal } from './principal.ts';

/** What the kit puts on every request. */
export interface ServiceVariables {
  /** Id of this request, as in `X-Request-Id`. */
  requestId: string;
  /** Who asks. */
  principal: Principal;
  /** Template of the resource that answers, for metrics; never a concrete path. */
  route: string;
  /** The decoded body, once read. */
  body: Uint8Array | undefined;
}

export interface ServiceEnv {
  Variables: ServiceVariables;
  /** `incoming` is there under node-server; its `url` is the request target as it came over the wire. */
  Bindings: { incoming?: { url?: string } };
}

/** The Hono context of a handler. */
export type ServiceContext = Context<ServiceEnv>;

export type Handler = (c: ServiceContext) => Response | Promise<Response>;
