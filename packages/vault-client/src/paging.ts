import type { ArchivePageRequest } from './filters.ts';

interface Page {
  readonly nextCursor: string | null;
}

const iterationPageSize = 200;

/** Every item of a list, page by page as it is read. */
export async function* itemsOf<P extends Page, T>(
  fetchPage: (request: ArchivePageRequest) => Promise<P>,
  items: (page: P) => readonly T[],
  pageSize = iterationPageSize,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await fetchPage({ pageSize, cursor });
    yield* items(page);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
