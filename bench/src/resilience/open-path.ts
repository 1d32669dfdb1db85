import { circuitBreaker, pipeline, retry } from '@llm-memory-graph/resilience';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { Group } from '../harness/suite.ts';

const failing = (): Promise<number> => Promise.reject(new Error('down'));

export const openPath: Group = {
  title: 'open circuit, rejection',
  goal: '<= 2,000 ns and <= 1,000 bytes per call, ahead of every peer',
  cases: [
    {
      name: 'resilience: retry + breaker',
      ours: true,
      setup: async () => {
        const breaker = circuitBreaker({ failureThreshold: 1, openDurationMs: 3_600_000 });
        const policy = pipeline(retry(), breaker);
        await breaker.execute(failing).catch(() => undefined);
        return { kind: 'call', rejects: true, call: () => policy.execute(failing) };
      },
    },
    {
      name: 'cockatiel: breaker',
      setup: async () => {
        const breaker = cockatiel.circuitBreaker(cockatiel.handleAll, {
          halfOpenAfter: 3_600_000,
          breaker: new cockatiel.ConsecutiveBreaker(1),
        });
        await breaker.execute(failing).catch(() => undefined);
        return { kind: 'call', rejects: true, call: () => breaker.execute(failing) };
      },
    },
    {
      name: 'opossum: breaker',
      setup: () => {
        const breaker = new CircuitBreaker(failing, { timeout: false, resetTimeout: 3_600_000 });
        breaker.open();
        return { kind: 'call', rejects: true, call: () => breaker.fire() };
      },
    },
  ],
};
