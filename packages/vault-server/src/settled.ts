/** Runs something synchronous behind a port that promises: what it throws becomes a rejection. */
export function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
