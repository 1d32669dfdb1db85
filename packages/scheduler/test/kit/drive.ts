import type { TestClock } from '@llm-memory-graph/resilience/testing';

/** Lets fake time pass, a quarter of a second at a time, until `work` has settled. */
export async function drive<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  const state = { settled: false };
  const watched = work.finally(() => (state.settled = true));
  watched.catch(() => undefined);
  // The turns of the event loop are for digests, which a thread pool computes.
  while (!state.settled) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(250);
  }
  return watched;
}
