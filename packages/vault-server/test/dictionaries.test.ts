import { generateKey, inspect, localKeyRing, structuralDictionary } from '@llm-memory-graph/sealed-archive';
import { expect, it } from 'vitest';

import { memoryArchiveStore } from '../src/index.ts';
import { entry, testVault } from './test-vault.ts';

it('V1: seals with the last dictionary and opens with any; sealing without compression needs none', async () => {
  const store = memoryArchiveStore();
  const keyProvider = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
  const [older, newer] = [
    structuralDictionary(['You are an airline agent.']),
    structuralDictionary(['You sell shoes.']),
  ];
  const first = testVault({ store, keyProvider, dictionaries: [older] });
  await first.ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'a-1' })));
  const second = testVault({ store, keyProvider, dictionaries: [older, newer] });
  await second.ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'a-2' })));
  await second.ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'a-3' })), {
    'x-compression-enabled': 'false',
  });
  for (const [id, dictionaryId] of [
    ['a-1', older.id],
    ['a-2', newer.id],
    ['a-3', undefined],
  ] as const) {
    expect(inspect((await store.content('acme', id))!).dictionaryId).toBe(dictionaryId);
    expect(await second.json('GET', `/api/v1/archive/${id}`)).toEqual(entry({ id }));
  }
});
