import { badParameter, type ServiceContext } from '@llm-memory-graph/service';
import * as z from 'zod/mini';
import { isWritable } from './storable.ts';

const instant = z.iso.datetime({ offset: true });

/** An instant in the query, ms since the epoch. @throws 400 */
export function queryInstant(c: ServiceContext, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const at = instant.safeParse(text).success ? Date.parse(text) : Number.NaN;
  if (isWritable(at)) return at;
  throw badParameter(name, 'must be an RFC 3339 date with a zone, in the years 0 to 9999 in UTC');
}
