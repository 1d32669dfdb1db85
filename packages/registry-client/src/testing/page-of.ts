import { ApiError } from '@llm-memory-graph/http';
import type { PageRequest } from '../filters.ts';

type Key = readonly [number, string];

interface Page<T> {
  readonly items: T[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
  readonly nextCursor: string | null;
}

function compare(a: Key, b: Key): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1;
}

function check(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new ApiError(`LLM-Registry answered 400: ${name} must be an integer from 1 to ${String(max)}`, { status: 400 });
}

/** The part of a sorted list that is asked for. The cursor holds the key of the last item shown. */
export function pageOf<T>(all: readonly T[], key: (item: T) => Key, request: PageRequest): Page<T> {
  const page = check('page', request.page ?? 1, 1_000_000_000);
  const pageSize = check('page_size', request.pageSize ?? 50, 1_000);
  const sorted = [...all].sort((a, b) => compare(key(a), key(b)));
  const after = request.cursor === undefined ? undefined : (JSON.parse(request.cursor) as Key);
  const start = after ? sorted.findIndex((item) => compare(key(item), after) > 0) : (page - 1) * pageSize;
  const items = start === -1 ? [] : sorted.slice(start, start + pageSize);
  const last = items.at(-1);
  const more = last !== undefined && start + pageSize < sorted.length;
  return { items, total: sorted.length, page, pageSize, nextCursor: more ? JSON.stringify(key(last)) : null };
}
