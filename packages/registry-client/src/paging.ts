import type { PageRequest } from './filters.ts';

interface Page {
  readonly total: number;
  readonly page: number;
  readonly nextCursor?: string | null | undefined;
}

/**
 * Every item of a paged list. Follows cursors where the service gives them (stable while items come and go), page
 * numbers where it only knows those.
 */
export async function* itemsOf<P extends Page, T>(
  fetchPage: (request: PageRequest) => Promise<P>,
  items: (page: P) => readonly T[],
  pageSize: number,
): AsyncGenerator<T, void, undefined> {
  let request: PageRequest = { page: 1, pageSize };
  for (let seen = 0; ;) {
    const page = await fetchPage(request);
    const found = items(page);
    yield* found;
    seen += found.length;
    if (typeof page.nextCursor === 'string') request = { cursor: page.nextCursor, pageSize };
    else if (page.nextCursor === null || found.length === 0 || seen >= page.total) return;
    else request = { page: page.page + 1, pageSize };
  }
}
