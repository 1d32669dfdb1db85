import { AuthenticationError, InvalidConfigError } from './errors.ts';

/** A fixed key, or a function that gives the current one; it is asked again once after a 401. */
export type Auth = string | (() => string | Promise<string>);

// RFC 6750, section 2.1; anything else could break out of the header.
const token68 = /^[A-Za-z0-9._~+/-]+=*$/;

/** @returns `key`. @throws {InvalidConfigError} when it cannot stand in a header, naming `option`, never the key */
export function checkBearerKey(option: string, key: string): string {
  if (token68.test(key)) return key;
  throw new InvalidConfigError(
    `${option} ${key === '' ? 'is empty' : 'holds characters that a bearer token cannot have (RFC 6750: A-Z a-z 0-9 - . _ ~ + / =)'}`,
  );
}

/** The current key. @throws {AuthenticationError} when `auth()` fails */
export async function currentKey(auth: Auth): Promise<string> {
  if (typeof auth === 'string') return auth;
  let key: string;
  try {
    key = await auth();
  } catch (error) {
    throw new AuthenticationError('auth() failed to give a key', { cause: error });
  }
  return checkBearerKey('the key returned by auth()', key);
}
