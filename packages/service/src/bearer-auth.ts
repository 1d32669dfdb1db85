import type { KeyRing } from './api-key.ts';
import type { ServiceContext } from './env.ts';
import type { Principal } from './principal.ts';
import { problem } from './problem-error.ts';

/** Who asks where no key is needed: a service without keys, and open paths such as `/health`. */
export const anonymous: Principal = { tenant: 'default', scopes: new Set(['*']) };

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** The principal of the request's bearer key (RFC 6750). @throws 401 */
export function authenticate(c: ServiceContext, keys: KeyRing, realm: string): Principal {
  if (keys.isEmpty) return anonymous;
  const header = c.req.header('authorization');
  if (header === undefined) {
    throw problem(401, 'unauthorized', 'a bearer key is needed', {
      headers: { 'www-authenticate': `Bearer realm="${realm}"` },
    });
  }
  const secret = bearer.exec(header)?.[1];
  const principal = secret === undefined ? undefined : keys.find(secret);
  if (principal) return principal;
  throw problem(401, 'unauthorized', 'the key is not known', {
    headers: { 'www-authenticate': `Bearer realm="${realm}", error="invalid_token"` },
  });
}

/** @throws 403 when the key lacks `scope` */
export function requireScope(c: ServiceContext, scope: string): void {
  const { scopes } = c.get('principal');
  if (scopes.has('*') || scopes.has(scope)) return;
  throw problem(403, 'insufficient-scope', `the key lacks the scope ${scope}`, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
