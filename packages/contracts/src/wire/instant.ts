import * as z from 'zod/mini';
import { unfit } from './unfit.ts';

const earliest = Date.parse('0000-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

// A zone can move an instant out of the years that RFC 3339 can write.
function liesOutside(ms: number): boolean {
  return ms < earliest || ms > latest;
}

const dateTime = z.iso
  .datetime({ offset: true })
  .check(z.refine((text) => !liesOutside(Date.parse(text)), { error: 'lies outside the years 0000 to 9999 in UTC' }));

/** RFC 3339 with a full zone, any number of fraction digits (the Rust client sends up to nine) <-> `Date`. */
export const instant = z.codec(dateTime, z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to keep it out of completions; it is how zod itself checks
const { pattern } = dateTime._zod;

/** What {@link instant} makes of a text, or `unfit`. */
export function readInstant(text: unknown): unknown {
  if (typeof text !== 'string' || !pattern.test(text)) return unfit;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || liesOutside(ms) ? unfit : new Date(ms);
}

/** What {@link instant} makes of a date, or `unfit`. */
export function writeInstant(date: unknown): unknown {
  if (!(date instanceof Date)) return unfit;
  const ms = date.getTime();
  return Number.isNaN(ms) || liesOutside(ms) ? unfit : date.toISOString();
}
