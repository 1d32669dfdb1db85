import * as z from 'zod/mini';
import { cacheSchema } from './cache/cache-options.ts';
import { callback, flag, having, integerFrom, milliseconds, nonEmptyText, optionsOf } from './option-check.ts';

const any = z.unknown();

// What the numbers inside may be is the business of the policies that are made of them.
export const retrySchema = optionsOf({
  maxAttempts: any,
  initialDelayMs: any,
  maxDelayMs: any,
  backoffMultiplier: any,
  retryOnTimeout: any,
  maxRetryAfterMs: any,
});
export const breakerSchema = optionsOf({ failureThreshold: any, successThreshold: any, openDurationMs: any });

// RFC 9110, section 5: a token, and a value that cannot end its line.
const headerName = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/));
export const headerValue = z
  .string('must be a string')
  .check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds characters that a header cannot have'));
export const headersSchema = z.record(headerName, headerValue, {
  error: (issue) =>
    issue.code === 'invalid_key' ? 'is not the name of a header' : 'must be an object of names and values',
});

/** Options of `HttpClient`, as their user writes them. `baseUrl` and `auth` have rules of their own. */
export const httpClientSchema = optionsOf({
  baseUrl: z.string('must be a URL as a string'),
  service: nonEmptyText,
  auth: z.union([z.string(), callback], 'must be a key or a function that gives one'),
  timeoutMs: milliseconds,
  deadlineMs: milliseconds,
  retry: retrySchema,
  breaker: z.union([z.literal(false), having('execute'), breakerSchema], {
    error: 'must be settings of a breaker, a breaker, or false',
  }),
  maxResponseBytes: integerFrom(1),
  cache: z.union([z.literal(false), cacheSchema], { error: 'must be options of a cache, or false' }),
  headers: headersSchema,
  fetch: callback,
  logger: having('debug', 'info', 'warn', 'error'),
  logExchanges: flag,
  clock: having('now', 'monotonic', 'sleep', 'setTimer'),
  random: callback,
});
