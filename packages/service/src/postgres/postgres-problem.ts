import { problem } from '../problem-error.ts';

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);

/** `pg` gives no code when a connection ends or none is free in time. */
const withoutCode =
  /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/;

// SQLSTATE classes: connection exception, insufficient resources (but for a full disk), operator intervention.
const temporary = /^(08|53(?!100)|57)/;
const diskFull = '53100';

const retryLater = { 'retry-after': '1' };

/**
 * What an error of the database means to a client: 507 when it has no room, 503 while it cannot be reached, else the
 * error itself.
 */
export function explainPostgres(error: unknown): unknown {
  const { code = '', message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  if (code === diskFull)
    return problem(507, 'insufficient-storage', 'the database has no room left; nothing of this request was stored', {
      cause: error,
    });
  if (unreachable.has(String(code)) || temporary.test(String(code)) || withoutCode.test(message))
    return problem(503, 'unavailable', 'the database cannot be reached', { headers: retryLater, cause: error });
  return error;
}

const deadlock = '40P01';
const serializationFailure = '40001';

/** Whether the database undid a transaction only because of another one, so that it may simply be run again. */
export function isUndoneByAnother(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === deadlock || code === serializationFailure;
}
