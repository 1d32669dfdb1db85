/** Where a request goes, as undici wants it. */
export interface Target {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
}

// Parsing a URL costs as much as all else that is done before a request is sent, and origins repeat.
const origins = new Map<string, string>();
const mostOrigins = 1_000;

/** Bytes that a path may hold as they are, and no segment of dots to resolve. */
const plainPath = /^\/(?!\.|%2e)(?:[\w\-~!$&'()*+,;=:@%?]|\/(?!\.|%2e)|(?<!\/)\.)*$/i;

/** Splits an absolute URL. */
export function targetOf(url: string): Target {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  if (slash > 0) {
    const path = url.slice(slash);
    const origin = origins.get(url.slice(0, slash));
    if (origin !== undefined && plainPath.test(path)) return { origin, path };
  }
  const { origin, pathname, search } = new URL(url);
  if (slash > 0 && origins.size < mostOrigins) origins.set(url.slice(0, slash), origin);
  return { origin, path: pathname + search };
}
