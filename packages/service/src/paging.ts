import type { ServiceContext } from './env.ts';
import { problem } from './problem-error.ts';

export const maxPageSize = 1000;

/** The part of a list that is asked for: by page number, or behind a cursor. */
export interface PageRequest {
  /** From 1. */
  readonly page: number;
  /** 1 to 1000. */
  readonly pageSize: number;
  /** Where the page before ended, as this service wrote it in `next_cursor`. */
  readonly cursor: string | undefined;
}

function queryInteger(c: ServiceContext, name: string, fallback: number, max: number): number {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw badParameter(name, `must be an integer from 1 to ${String(max)}`);
}

/** A problem with a query parameter. */
export function badParameter(name: string, message: string): Error {
  return problem(400, 'invalid-parameter', `${name} ${message}`, { extensions: { parameter: name } });
}

/** `page`, `page_size` and `cursor` of the query. @throws 400 */
export function pageRequest(c: ServiceContext, defaultPageSize = 50): PageRequest {
  return {
    page: queryInteger(c, 'page', 1, 1_000_000_000),
    pageSize: queryInteger(c, 'page_size', defaultPageSize, maxPageSize),
    cursor: c.req.query('cursor'),
  };
}

/** Makes an opaque cursor of the sort key of the last item. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Reads a cursor back. @throws 400 when it is not one of ours with `length` parts */
export function decodeCursor(cursor: string, length: number): readonly (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(key) &&
      key.length === length &&
      key.every((part): part is string | number => typeof part === 'string' || Number.isFinite(part))
    )
      return key;
  } catch {
    // falls through to the problem below
  }
  throw badParameter('cursor', 'is not a cursor of this service');
}
