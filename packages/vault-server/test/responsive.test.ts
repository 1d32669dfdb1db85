import { generateKey, localKeyRing, sealingThreads, type KeyProvider } from '@llm-memory-graph/sealed-archive';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { entry, testVault } from './test-vault.ts';

describe('sealing for clients', () => {
  it('leaves the event loop to other requests while it is queued and while it works', async () => {
    const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
    const asked = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    const keyProvider: KeyProvider = {
      ...keys,
      wrap: async (dataKey, context) => {
        asked.resolve(undefined);
        await gate.promise;
        return keys.wrap(dataKey, context);
      },
    };
    const sealing = sealingThreads({ threads: 1 });
    try {
      const { ask, json } = testVault({ keyProvider, sealing });
      const entries = Array.from({ length: 100 }, (_, i) => entry({ id: `a-${i}`, data: 'x'.repeat(20_000) }));
      const state = { answered: false };
      const batch = json('POST', '/api/v1/archive/batch', entries).finally(() => (state.answered = true));
      await asked.promise;
      expect((await ask('GET', '/health')).status).toBe(200);
      expect(state.answered).toBe(false);
      gate.resolve(undefined);
      let healthy = 0;
      while (!state.answered) {
        expect((await ask('GET', '/health')).status).toBe(200);
        healthy += 1;
        await setImmediate();
      }
      // Sealing on the event loop would have ended before the loop turned once.
      expect(healthy).toBeGreaterThan(1);
      expect(await batch).toMatchObject({ success_count: 100 });
    } finally {
      await sealing.close();
    }
  });
});
