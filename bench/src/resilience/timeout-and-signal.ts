import { circuitBreaker, pipeline, retry, timeout } from '@llm-memory-graph/resilience';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { Group } from '../harness/suite.ts';

const operation = (): Promise<number> => Promise.resolve(1);
const reading = ({ signal }: { readonly signal: AbortSignal }): Promise<number> =>
  Promise.resolve(signal.aborted ? 0 : 1);

export const timeoutAndSignal: Group = {
  title: 'retry + breaker + timeout + caller signal',
  goal: '<= 1,500 ns and <= 2,500 bytes per call; at least 4 times as fast as cockatiel',
  cases: [
    {
      name: 'resilience: signal not read',
      ours: true,
      setup: () => {
        const policy = pipeline(retry(), circuitBreaker(), timeout(1_000));
        const options = { signal: new AbortController().signal };
        return { kind: 'call', call: () => policy.execute(operation, options) };
      },
    },
    {
      name: 'resilience: signal read',
      ours: true,
      setup: () => {
        const policy = pipeline(retry(), circuitBreaker(), timeout(1_000));
        const options = { signal: new AbortController().signal };
        return { kind: 'call', call: () => policy.execute(reading, options) };
      },
    },
    {
      name: 'cockatiel: retry + breaker + timeout',
      setup: () => {
        const policy = cockatiel.wrap(
          cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
          cockatiel.circuitBreaker(cockatiel.handleAll, {
            halfOpenAfter: 60_000,
            breaker: new cockatiel.ConsecutiveBreaker(5),
          }),
          cockatiel.timeout(1_000, cockatiel.TimeoutStrategy.Aggressive),
        );
        const { signal } = new AbortController();
        return { kind: 'call', call: () => policy.execute(reading, signal) };
      },
    },
    {
      name: 'opossum: breaker + timeout, no signal',
      setup: () => {
        const breaker = new CircuitBreaker(operation, { timeout: 1_000 });
        return { kind: 'call', call: () => breaker.fire() };
      },
    },
    {
      name: 'p-retry: retry + signal, no timeout',
      setup: () => {
        const { signal } = new AbortController();
        return { kind: 'call', call: () => pRetry(operation, { retries: 2, signal }) };
      },
    },
  ],
};
