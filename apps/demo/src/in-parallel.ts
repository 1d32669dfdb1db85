/** Runs `work` over `items`, at most `limit` at once. The first failure stops the rest and is thrown. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (failure === undefined) {
      const next = queue.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  // All have settled before anything is thrown, so nothing runs on behind the caller's back.
  await Promise.all(Array.from({ length: limit }, worker));

  if (failure !== undefined) throw failure.error;
}
