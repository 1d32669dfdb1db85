import type { BreakerStateStore, StoredBreakerState } from './breaker-state-store.ts';

/** A store for tests, and for sharing state inside one process. */
export function memoryBreakerStore(): BreakerStateStore {
  const states = new Map<string, StoredBreakerState>();
  return {
    load: (key) => Promise.resolve(structuredClone(states.get(key))),
    save(key, state, revision) {
      if ((states.get(key)?.revision ?? 0) !== revision) return Promise.resolve(undefined);
      states.set(key, { state: structuredClone(state), revision: revision + 1 });
      return Promise.resolve(revision + 1);
    },
    delete(key) {
      states.delete(key);
      return Promise.resolve();
    },
  };
}
