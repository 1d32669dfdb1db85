import { circuitBreaker, pipeline, retry } from '@llm-memory-graph/resilience';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { Group } from '../harness/suite.ts';

const operation = (): Promise<number> => Promise.resolve(1);

export const successPath: Group = {
  title: 'success path, retry + breaker',
  goal: '<= 350 ns and <= 1,000 bytes per call, ahead of every peer',
  cases: [
    { name: 'bare async function', floor: true, setup: () => ({ kind: 'call', call: async () => operation() }) },
    {
      name: 'resilience: retry + breaker',
      ours: true,
      setup: () => {
        const policy = pipeline(retry(), circuitBreaker());
        return { kind: 'call', call: () => policy.execute(operation) };
      },
    },
    {
      name: 'cockatiel: retry + breaker',
      setup: () => {
        const policy = cockatiel.wrap(
          cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
          cockatiel.circuitBreaker(cockatiel.handleAll, {
            halfOpenAfter: 60_000,
            breaker: new cockatiel.ConsecutiveBreaker(5),
          }),
        );
        return { kind: 'call', call: () => policy.execute(operation) };
      },
    },
    {
      name: 'opossum: breaker only',
      setup: () => {
        const breaker = new CircuitBreaker(operation, { timeout: false });
        return { kind: 'call', call: () => breaker.fire() };
      },
    },
    {
      name: 'p-retry: retry only',
      setup: () => ({ kind: 'call', call: () => pRetry(operation, { retries: 2 }) }),
    },
  ],
};
