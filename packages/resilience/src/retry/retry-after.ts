const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;

/**
 * Reads a `Retry-After` field (RFC 9110, section 10.2.3): whole seconds, or a date in any of the three HTTP forms.
 *
 * @param header the field value.
 * @param nowMs the wall clock, milliseconds since the epoch.
 * @returns the wait in milliseconds, rounded up, 0 for a date in the past; `undefined` if the field is malformed.
 */
export function parseRetryAfter(header: string, nowMs: number): number | undefined {
  const field = header.trim();
  // Digits never reach `Date.parse`: V8 reads "0" as the year 2000 and "-3" as March 2001.
  if (/^\d+$/.test(field)) return Math.min(Number(field) * 1000, Number.MAX_SAFE_INTEGER);
  const at = httpDate(field, nowMs);
  return at === undefined ? undefined : Math.max(0, Math.ceil(at - nowMs));
}

function httpDate(field: string, nowMs: number): number | undefined {
  if (imfFixdate.test(field)) return instant(field);
  const obsolete = rfc850.exec(field);
  if (obsolete) return twoDigitYear(obsolete, nowMs);
  // V8 takes asctime, which has no zone, for local time; HTTP says GMT.
  const ansi = asctime.exec(field);
  if (ansi) return instant(`${ansi[2]?.trim()} ${ansi[1]} ${ansi[4]} ${ansi[3]} GMT`);
  return undefined;
}

/** RFC 9110: a two-digit year that would lie more than 50 years ahead is the most recent past one. */
function twoDigitYear([, day, month, year, time]: RegExpExecArray, nowMs: number): number | undefined {
  const century = Math.floor(new Date(nowMs).getUTCFullYear() / 100) * 100;
  const full = century + Number(year);
  const limit = new Date(nowMs);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const at = instant(`${day} ${month} ${full} ${time} GMT`);
  return at !== undefined && at > limit.getTime() ? instant(`${day} ${month} ${full - 100} ${time} GMT`) : at;
}

function instant(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
