import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';

/** A key that opens a service; give `secret`, or `hash` where the service need not know the key itself. */
export interface ApiKey {
  /** The key as clients send it. */
  readonly secret?: string;
  /** SHA-256 of the key, 64 hex digits. */
  readonly hash?: string;
  /** Whose data the key opens. @default 'default' */
  readonly tenant?: string;
  /** @default ['*'] */
  readonly scopes?: readonly string[];
}

interface KnownKey {
  readonly digest: Buffer;
  readonly principal: Principal;
}

/** Finds the principal of a key, in time that does not depend on how much of a key was guessed. */
export interface KeyRing {
  readonly isEmpty: boolean;
  find(secret: string): Principal | undefined;
}

// RFC 6750, section 2.1: what a client can send at all.
const token68 = /^[A-Za-z0-9._~+/-]+=*$/;

function digestOf(key: ApiKey, at: string): Buffer {
  if ((key.secret === undefined) === (key.hash === undefined)) throw new TypeError(`${at} needs either secret or hash`);
  if (key.secret !== undefined) {
    if (!token68.test(key.secret))
      throw new TypeError(`${at}.secret must be a bearer token (RFC 6750: A-Z a-z 0-9 - . _ ~ + / =)`);
    return createHash('sha256').update(key.secret).digest();
  }
  if (!/^[0-9a-f]{64}$/i.test(key.hash ?? '')) throw new TypeError(`${at}.hash must be 64 hex digits (SHA-256)`);
  return Buffer.from(key.hash ?? '', 'hex');
}

/** @throws {TypeError} naming the key by its place, never its value */
export function keyRing(keys: readonly ApiKey[]): KeyRing {
  const known = keys.map((key, i): KnownKey => ({
    digest: digestOf(key, `keys[${String(i)}]`),
    principal: { tenant: key.tenant ?? 'default', scopes: new Set(key.scopes ?? ['*']) },
  }));
  return {
    isEmpty: known.length === 0,
    find(secret) {
      const digest = createHash('sha256').update(secret).digest();
      let found: Principal | undefined;
      for (const key of known) if (timingSafeEqual(key.digest, digest)) found ??= key.principal;
      return found;
    },
  };
}
