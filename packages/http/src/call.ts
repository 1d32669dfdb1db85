import { InvalidConfigError } from './errors.ts';
import type { Place } from './failure.ts';
import type { ResolvedOptions } from './options.ts';
import type { CallOptions, HttpRequest } from './request.ts';

/** One call over its attempts. */
export interface Call {
  readonly place: Place;
  readonly request: HttpRequest;
  readonly url: string;
  /** By lower-case name; all but the key and the time that is left. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set when a 304 is welcome. */
  readonly etag: string | undefined;
  readonly started: number;
  attempts: number;
  refreshed: boolean;
  /** The bearer key that was sent last. */
  key: string | undefined;
}

// `..` climbs out of what was meant, also when it is percent-encoded (WHATWG URL, section 4.4).
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** @throws {InvalidConfigError} when the request would go elsewhere than it says, and the key with it */
function checkPath(path: string): void {
  // Without a slash it would lengthen the name of the host.
  if (!path.startsWith('/')) throw new InvalidConfigError(`path must start with /, got ${JSON.stringify(path)}`);
  if (dotSegment.test(path)) throw new InvalidConfigError(`path must have no segment . or .., got ${path}`);
}

/** What was asked for, made ready to be sent any number of times. */
export function prepareCall(
  { service, baseUrl, headers, clock }: ResolvedOptions,
  request: HttpRequest,
  options: Pick<CallOptions, 'idempotencyKey' | 'headers'>,
  etag?: string,
): Call {
  const { method, path } = request;
  checkPath(path);
  const all: Record<string, string> = { ...headers };
  if (request.accept !== undefined) all['accept'] = request.accept;
  if (request.body !== undefined) all['content-type'] = request.contentType ?? 'application/json';
  if (options.idempotencyKey !== undefined) all['idempotency-key'] = options.idempotencyKey;
  else if (method === 'POST') all['idempotency-key'] = crypto.randomUUID();
  if (etag !== undefined) all['if-none-match'] = etag;
  if (request.headers) addHeaders(all, request.headers);
  if (options.headers) addHeaders(all, options.headers);
  return {
    place: { service, method, path },
    request,
    url: request.query === undefined ? baseUrl + path : baseUrl + path + queryOf(request.query),
    headers: all,
    etag,
    started: clock.monotonic(),
    attempts: 0,
    refreshed: false,
    key: undefined,
  };
}

/** Adds `more` by lower-case name, so that one header has one value however it was written. */
export function addHeaders(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(more)) headers[name.toLowerCase()] = more[name] ?? '';
}

function queryOf(query: NonNullable<HttpRequest['query']>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size > 0 ? `?${params.toString()}` : '';
}
