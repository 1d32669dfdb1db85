import type { Effect } from './effect.ts';

/** Name of one of the two services. */
export type ServiceName = 'registry' | 'vault';

/** Which requests a fault sees, and which of those it hits. */
export interface Gate {
  /** Unique; 1 to 64 of `A-Z a-z 0-9 _ . -`. @default its kind and a number */
  readonly name?: string | undefined;
  /** @default both */
  readonly service?: ServiceName | undefined;
  /** A fault that is off is not there: it counts nothing and draws nothing. @default true */
  readonly enabled?: boolean | undefined;
  /** Lets this many requests pass first. @default 0 */
  readonly after?: number | undefined;
  /** Hits this many, then never again until reset: "fail twice, then succeed". @default no end */
  readonly times?: number | undefined;
  /** Share of the requests that it hits, 0 to 1, drawn from the seed. @default 1 */
  readonly probability?: number | undefined;
}

/** Requests that a fault sees. */
export interface Route {
  /** @default every method */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined;
  /** A path, in which `:name` stands for one segment and `*` at the end for the rest. @default every path */
  readonly path?: string | undefined;
}

/** One step for each request that the fault hits. */
export interface Script {
  readonly kind: 'script';
  readonly steps: readonly (Effect | 'pass')[];
  /** Start again after the last step instead of letting all pass. @default false */
  readonly repeat?: boolean | undefined;
}

/** New TLS connections see a certificate that expired yesterday; `after`, `times` and `probability` count connections. */
export interface ExpiredCertificate {
  readonly kind: 'expired-certificate';
}

/**
 * Something that goes wrong.
 *
 * @example
 * const flaky: Fault = { kind: 'status', status: 503, path: '/api/v1/usage', times: 2 };
 */
export type Fault = (Gate & Route & (Effect | Script)) | (Gate & ExpiredCertificate);
