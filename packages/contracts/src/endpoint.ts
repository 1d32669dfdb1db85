import type { Contract } from './wire/contract.ts';

/** Where an operation of a service is: all that a client needs to know of it. */
export interface Endpoint {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** RFC 6570 level 1 template; `{id}` is percent-encoded by `pathOf`. */
  readonly path: string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tables hold contracts of every type
type AnyContract = Contract<any, any>;

/** What an operation takes and gives, and what it is for. */
export interface Operation extends Endpoint {
  /** `none` only for what must answer without a key, `/health` above all. @default 'bearer' */
  readonly auth?: 'bearer' | 'none';
  readonly request?: AnyContract;
  readonly response?: AnyContract;
  /** Query parameters, by wire name. */
  readonly query?: readonly string[];
  readonly summary: string;
}

/** The path of an endpoint for one resource, percent-encoded. */
export function pathOf(endpoint: Endpoint, id?: string): string {
  return id === undefined ? endpoint.path : endpoint.path.replace('{id}', encodeURIComponent(id));
}
