// A fixture for `test.extend`. It imports nothing of vitest, so any version does.

import type { MockServicesOptions } from './options.ts';
import { startMockServices, type MockServices } from './start-mock-services.ts';

/** What {@link mockServices} adds to a test. */
export interface MockServicesFixtures {
  /** Both services, started for this test and closed after it. */
  services: (context: object, use: (services: MockServices) => Promise<void>) => Promise<void>;
}

/**
 * Fixtures for vitest: each test that asks for `services` gets both services to itself, on free ports.
 *
 * @example
 * const it = test.extend(mockServices());
 * it('survives an outage', async ({ services }) => {
 *   services.faults.add({ kind: 'status', status: 503, times: 2 });
 *   // …
 * });
 */
export function mockServices(options: MockServicesOptions = {}): MockServicesFixtures {
  return {
    // vitest reads from the pattern which other fixtures this one needs: none.
    // eslint-disable-next-line no-empty-pattern
    services: async ({}, use) => {
      await using services = await startMockServices(options);
      await use(services);
    },
  };
}
