import * as z from 'zod/mini';

/** Any JSON value; passed through untouched. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A free-form map; keys and values pass through untouched. */
export const freeForm = z.record(z.string(), z.unknown());

export const metadata = z._default(freeForm, () => ({}));
export const tags = z._default(z.array(z.string()), () => []);

// A segment with one of these would reach the service as another path: clients that do not percent-encode exist.
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const unsafeInPath = /[\u0000-\u001f\u007f/\\?#%]|^\.{1,2}$|^\s|\s$|\p{Surrogate}/u;

/**
 * True when `id` survives as one URL path segment even if a client does not percent-encode it: 1 to 256 characters,
 * none of `/ \ ? # %` or control characters, no outer white space, not `.` or `..`.
 */
export function isResourceId(id: string): boolean {
  return id.length > 0 && id.length <= 256 && !unsafeInPath.test(id);
}

/** The id of a resource in a request. */
export const resourceId = z.string().check(
  z.refine(isResourceId, {
    error: 'must be 1 to 256 characters without / \\ ? # %, control characters or outer white space, and not . or ..',
  }),
);

/** A name that never stands in a path of ours unencoded (a model id may hold slashes). */
export const modelName = z.string().check(z.minLength(1), z.maxLength(256));

const maxInt64 = 2n ** 63n - 1n;

/**
 * An integer in [0, 2^63 - 1]. It is a `number` everywhere JSON is read with `JSON.parse`; a service that reads JSON
 * with `parseJson` sees a `bigint` above 2^53 - 1, so that no digit is lost.
 */
export const count = z.union([
  z.int().check(z.gte(0)),
  z.bigint().check(z.gte(0n), z.lte(maxInt64)),
]) as unknown as z.ZodMiniType<number, number>;

/** A retention time in days, 1 to 36,500 (a hundred years). */
export const days = z.int().check(z.gte(1), z.lte(36_500));
