import type { IncomingMessage } from 'node:http';

const isLoopback = (address = ''): boolean => /^(?:::ffff:)?127\.|^::1$/.test(address);

/** Host name of a `Host` header or an origin, lower case; empty when it makes none. */
function hostnameOf(authority: string): string {
  const url = `http://${authority}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}

const isLocalName = (name: string): boolean => /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(name);

/**
 * Why a request may not control the services, `undefined` when it may. Without a key of its own the control API answers
 * this machine only, and no page of another origin can reach it through a browser: neither by a request across origins
 * (`Origin`, `Sec-Fetch-Site`) nor by a name that was rebound to this machine (`Host`).
 */
export function refusalOf(incoming: IncomingMessage, hasKey: boolean, isPage: boolean): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = incoming.headers;
  if (!hasKey) {
    if (!isLoopback(incoming.socket.remoteAddress)) return 'the control API answers this machine only, or a key';
    if (!isLocalName(hostnameOf(host))) return 'the control API is not known by this name';
  }
  if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host)
    return 'the control API answers no page of another origin';
  // The page itself holds nothing, so links to it work.
  if (!isPage && site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'the control API answers no page of another origin';
  return undefined;
}
