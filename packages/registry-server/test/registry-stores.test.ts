import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryRegistryStore } from '../src/index.ts';
import { sqliteRegistryStore } from '../src/node.ts';
import { registryStoreContract } from './registry-store-contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'registry-store-'));
afterAll(() => rmSync(dir, { recursive: true }));
let files = 0;
const freshPath = (): string => join(dir, `${String(files++)}.db`);

describe('memoryRegistryStore', () => registryStoreContract(() => memoryRegistryStore()));
describe('a copy of a memoryRegistryStore', () => registryStoreContract(() => memoryRegistryStore().copy()));

describe('sqliteRegistryStore', () => {
  registryStoreContract(() => sqliteRegistryStore({ path: freshPath() }));

  it('holds what it acknowledged when it is opened again', async () => {
    const path = freshPath();
    const first = sqliteRegistryStore({ path });
    const start = { startedAt: '2026-01-01T00:00:00Z', startedMs: 1767225600000, metadata: '{}', tags: ['x'] };
    await first.register('t', { sessionId: 's', modelId: 'm', modelVersion: '', fingerprint: 'f', ...start });
    await first.close();
    const second = sqliteRegistryStore({ path });
    expect(await second.session('t', 's')).toMatchObject({ sessionId: 's', tags: ['x'], startedMs: 1767225600000 });
    await second.close();
  });
});
