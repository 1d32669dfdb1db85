import { circuitBreaker, pipeline, retry } from '@llm-memory-graph/resilience';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { Group } from '../harness/suite.ts';

const error = new Error('down');
const failing = (): Promise<number> => Promise.reject(error);

export const failurePath: Group = {
  title: 'failure path, one failed attempt through retry + breaker',
  goal: 'ahead of every peer',
  cases: [
    {
      name: 'bare async function',
      floor: true,
      setup: () => ({ kind: 'call', rejects: true, call: async () => failing() }),
    },
    {
      name: 'resilience: retry + breaker',
      ours: true,
      setup: () => {
        const policy = pipeline(retry({ maxAttempts: 1 }), circuitBreaker({ failureThreshold: 1_000_000_000 }));
        return { kind: 'call', rejects: true, call: () => policy.execute(failing) };
      },
    },
    {
      name: 'cockatiel: retry + breaker',
      setup: () => {
        const policy = cockatiel.wrap(
          cockatiel.retry(cockatiel.handleAll, { maxAttempts: 0 }),
          cockatiel.circuitBreaker(cockatiel.handleAll, {
            halfOpenAfter: 60_000,
            breaker: new cockatiel.ConsecutiveBreaker(1_000_000_000),
          }),
        );
        return { kind: 'call', rejects: true, call: () => policy.execute(failing) };
      },
    },
    {
      name: 'opossum: breaker only',
      setup: () => {
        const breaker = new CircuitBreaker(failing, { timeout: false, volumeThreshold: 1_000_000_000 });
        return { kind: 'call', rejects: true, call: () => breaker.fire() };
      },
    },
    {
      name: 'p-retry: retry only',
      setup: () => ({ kind: 'call', rejects: true, call: () => pRetry(failing, { retries: 0 }) }),
    },
  ],
};
