import { badParameter, decodeCursor, pageRequest, type ServiceContext } from '@llm-memory-graph/service';

// RFC 3339 with any number of fraction digits; `Date.parse` alone takes far more than that.
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** An instant of the query. @throws 400 */
export function instant(c: ServiceContext, name: string): Date | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const at = new Date(rfc3339.test(text) ? text : Number.NaN);
  if (!Number.isNaN(at.getTime())) return at;
  throw badParameter(name, 'must be an RFC 3339 instant with a zone');
}

/** One of several words. @throws 400 */
export function oneOf<T extends string>(c: ServiceContext, name: string, words: readonly T[]): T | undefined {
  const text = c.req.query(name);
  const word = words.find((one) => one === text);
  if (text === undefined || word !== undefined) return word;
  throw badParameter(name, `must be one of ${words.join(', ')}`);
}

/** `page_size` and `cursor` of a list that goes on from a position. @throws 400 */
export function positionPage(c: ServiceContext): { readonly limit: number; readonly after?: number } {
  const { pageSize, cursor } = pageRequest(c);
  return cursor === undefined ? { limit: pageSize } : { limit: pageSize, after: positionOf(cursor) };
}

/** The position in a cursor. @throws 400 */
export function positionOf(cursor: string): number {
  const [position] = decodeCursor(cursor, 1);
  if (typeof position === 'number' && Number.isSafeInteger(position) && position >= 0) return position;
  throw badParameter('cursor', 'is not a cursor of this service');
}
