import { createFetch } from 'ofetch';
import type { Fetch } from './fetch.ts';

/** What is sent; `headers` by lower-case name. */
export interface Outgoing {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

/** Sends one request. Rejects with what the transport threw, without an address in it. */
export type Carrier = (url: string, outgoing: Outgoing) => Promise<Response>;

/** A response in the hands of ofetch, which would open a stream of its body by looking at it. */
class Sealed {
  readonly body = null;
  readonly response: Response;
  constructor(response: Response) {
    this.response = response;
  }
}

/** As much of `Headers` as ofetch uses, over names that are lower-case already. */
class PlainHeaders {
  readonly values: Record<string, string>;
  constructor(values: Record<string, string>) {
    this.values = values;
  }
  has(name: string): boolean {
    return name in this.values;
  }
  get(name: string): string | null {
    return this.values[name] ?? null;
  }
  set(name: string, value: string): void {
    this.values[name] = value;
  }
}

/**
 * ofetch over `fetch`, with everything off that would come between a call and its policy: its own retry (cannot be
 * aborted), its timeout (ends at the headers, and not at all beside a `signal`), its parsing (bad JSON becomes a
 * string) and its errors (they carry URL and headers).
 */
export function carrierOver(fetch: Fetch): Carrier {
  const carrier = createFetch({
    // What ofetch hands over has had properties deleted, which makes every later look at it slow.
    fetch: ((url: string, { method, headers, body, signal }: Handed) =>
      fetch(url, { method, headers: headers.values, body, signal, redirect: 'manual' }).then(
        (response) => new Sealed(response),
      )) as never,
    Headers: PlainHeaders as never,
  });
  return (url, { method, headers, body, signal }) =>
    carrier
      .raw(url, {
        method,
        headers,
        body,
        signal,
        retry: false,
        ignoreResponseError: true,
        responseType: 'stream',
      })
      .then(open, unwrap);
}

/** What ofetch hands to its `fetch`. */
interface Handed {
  readonly method: string;
  readonly headers: PlainHeaders;
  readonly body: BodyInit | null;
  readonly signal: AbortSignal;
}

function open(sealed: unknown): Response {
  return (sealed as Sealed).response;
}

/** The wrapper of ofetch carries the URL; only the cause is of use. */
function unwrap(error: unknown): never {
  throw (error as Error).cause ?? error;
}
