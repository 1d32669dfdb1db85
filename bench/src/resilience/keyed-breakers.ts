import { keyedCircuitBreaker } from '@llm-memory-graph/resilience';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { Case, Group, Sample } from '../harness/suite.ts';

const count = 10_000;
const operation = (): Promise<number> => Promise.resolve(1);

/** Heap bytes per circuit after each of 10,000 has served one call, without the keys themselves. */
function perKey(name: string, ours: boolean, create: () => (key: string) => Promise<unknown>): Case {
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`);
  return {
    name,
    ours,
    setup: () => ({
      kind: 'sample',
      sample: async (): Promise<Sample> => {
        globalThis.gc?.();
        const timersBefore = timers();
        const before = process.memoryUsage().heapUsed;
        const call = create();
        for (const key of keys) await call(key);
        globalThis.gc?.();
        globalThis.gc?.();
        const bytes = (process.memoryUsage().heapUsed - before) / count;
        const sample = { bytes, timers: timers() - timersBefore };
        await call(keys[0] ?? '');
        return sample;
      },
    }),
  };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

export const keyedBreakers: Group = {
  title: '10,000 keyed breakers, per key',
  goal: '<= 300 bytes each, no timer each',
  cases: [
    perKey('resilience: keyed breaker', true, () => {
      const breakers = keyedCircuitBreaker();
      return (key) => breakers.execute(operation, { key });
    }),
    perKey('cockatiel: a breaker per key', false, () => {
      const breakers = new Map<string, cockatiel.CircuitBreakerPolicy>();
      return (key) => {
        let breaker = breakers.get(key);
        if (breaker === undefined) {
          breaker = cockatiel.circuitBreaker(cockatiel.handleAll, {
            halfOpenAfter: 60_000,
            breaker: new cockatiel.ConsecutiveBreaker(5),
          });
          breakers.set(key, breaker);
        }
        return breaker.execute(operation);
      };
    }),
    perKey('opossum: a breaker per key', false, () => {
      const breakers = new Map<string, CircuitBreaker<[], number>>();
      return (key) => {
        let breaker = breakers.get(key);
        if (breaker === undefined) breakers.set(key, (breaker = new CircuitBreaker(operation, { timeout: false })));
        return breaker.fire();
      };
    }),
  ],
};
