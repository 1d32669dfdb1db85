import { isIntegrationError } from '@llm-memory-graph/http';
import { describe, expect, it } from 'vitest';
import { VaultClient } from '../src/index.ts';
import { seedVault, type Arrived } from './seed-vault.ts';

const archivedAt = new Date('2026-01-02T03:04:05.678Z');
const fast = { initialDelayMs: 1, maxDelayMs: 2 };
const entry = { id: 'a-1', sessionId: 's-1', archivedAt, data: { text: 'words' } };
const policy = { policyId: 'p-1', name: 'P', retentionDays: 30, createdAt: archivedAt };

function clientOf(baseUrl: string, more: object = {}): VaultClient {
  return new VaultClient({ baseUrl, apiKey: 'k-1', retry: fast, ...more });
}

async function everyCall(vault: VaultClient): Promise<void> {
  await vault.healthCheck();
  await vault.archiveSession(entry);
  await vault.batchArchive([
    { ...entry, id: 'a-2' },
    { ...entry, id: 'a-3' },
  ]);
  await vault.retrieveSession('a-1');
  await vault.createRetentionPolicy(policy);
  await vault.applyRetentionPolicy('a-1', 'p-1');
  await vault.deleteArchive('a-1');
}

describe('a vault that only knows the first client', () => {
  it('serves every method', async () => {
    await using service = await seedVault();
    await everyCall(clientOf(service.url));
    expect(service.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /health',
      'POST /api/v1/archive',
      'POST /api/v1/archive/batch',
      'GET /api/v1/archive/a-1',
      'POST /api/v1/policies',
      'PUT /api/v1/archive/a-1/policy',
      'DELETE /api/v1/archive/a-1',
    ]);
  });

  it('gets the key with every request but /health', async () => {
    await using service = await seedVault();
    await everyCall(clientOf(service.url));
    const [health, ...others] = service.arrived;
    expect(health?.headers.has('authorization')).toBe(false);
    for (const { headers } of others) expect(headers.get('authorization')).toBe('Bearer k-1');
  });

  it('gets bare JSON: every field, instants in UTC, batches as an array', async () => {
    await using service = await seedVault();
    const vault = clientOf(service.url);
    await vault.archiveSession(entry);
    await vault.batchArchive([
      { ...entry, tags: ['batch'], metadata: { Team: { lead: null }, snake_case: 1 }, retentionDays: 90 },
    ]);
    await vault.batchArchive([]);
    await vault.createRetentionPolicy(policy);
    await vault.createRetentionPolicy({ ...policy, autoDelete: true, complianceLevel: 'hipaa', tags: ['t'] });
    await vault.applyRetentionPolicy('a-1', 'p-1');
    const whole = { id: 'a-1', session_id: 's-1', archived_at: '2026-01-02T03:04:05.678Z', data: { text: 'words' } };
    const rule = { policy_id: 'p-1', name: 'P', retention_days: 30, created_at: '2026-01-02T03:04:05.678Z' };
    expect(service.arrived.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ...whole, retention_days: 365, tags: [], metadata: {} },
      [{ ...whole, retention_days: 90, tags: ['batch'], metadata: { Team: { lead: null }, snake_case: 1 } }],
      { ...rule, auto_delete: false, compliance_level: 'standard', description: null, tags: [] },
      { ...rule, auto_delete: true, compliance_level: 'hipaa', description: null, tags: ['t'] },
      { policy_id: 'p-1' },
    ]);
    for (const { headers, body } of service.arrived) {
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.has('content-encoding')).toBe(false);
      expect(body).not.toMatch(/^\uFEFF|"retention_days":"?\d+[."e]/);
    }
  });

  it('is asked by the two headers, single and batch', async () => {
    await using service = await seedVault();
    for (const flags of [{}, { encryptionEnabled: false, compressionEnabled: false }]) {
      await clientOf(service.url, flags).archiveSession(entry);
      await clientOf(service.url, flags).batchArchive([entry]);
    }
    const asked = service.arrived.map(({ headers }) => [
      headers.get('x-encryption-enabled'),
      headers.get('x-compression-enabled'),
    ]);
    expect(asked.map(String)).toEqual(['true,true', 'true,true', 'false,false', 'false,false']);
  });

  it.each(['1.0', '-0.0', '12345678901234567890', 'null', '{"__proto__":[1e400],"a" :1.50}'])(
    'gets data as it was written: %s',
    async (dataJson) => {
      await using service = await seedVault();
      const vault = clientOf(service.url);
      const { id, sessionId } = entry;
      await vault.archiveSession({ id, sessionId, archivedAt, dataJson });
      await vault.batchArchive([{ id, sessionId, archivedAt, dataJson }]);
      for (const { body } of service.arrived) expect(body).toContain(`"data":${dataJson}`);
      expect((await vault.retrieveSession(id)).dataJson).toBe(dataJson);
    },
  );

  it('H5: gets repeats byte for byte the same, under the same idempotency key', async () => {
    await using service = await seedVault((_request, at) =>
      at % 2 === 0 ? new Response('busy', { status: 503 }) : undefined,
    );
    const vault = clientOf(service.url);
    await vault.archiveSession({ sessionId: 's-1', data: 1 });
    await vault.batchArchive([{ sessionId: 's-1', data: 1 }]);
    await vault.createRetentionPolicy({ policyId: 'p-1', name: 'P', retentionDays: 1 });
    const { arrived } = service;
    const pairs: [Arrived | undefined, Arrived | undefined][] = [0, 2, 4].map((at) => [arrived[at], arrived[at + 1]]);
    for (const [first, second] of pairs) {
      expect(second?.body).toBe(first?.body);
      expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'));
      expect(first?.headers.get('idempotency-key')).toMatch(/^[\x21-\x7e]{8,255}$/);
    }
  });

  it('may tell of a batch without receipts, and of what failed by its session', async () => {
    await using service = await seedVault(({ path }) =>
      path.endsWith('/batch')
        ? Response.json({
            archived: ['a-1'],
            total: 2,
            success_count: 1,
            failed: [{ session_id: 's-2', error: 'too old' }],
          })
        : undefined,
    );
    const outcome = await clientOf(service.url).batchArchive([entry, { ...entry, id: 'a-2', sessionId: 's-2' }]);
    expect(outcome.results).toMatchObject([
      { ok: true, archiveId: 'a-1', receipt: undefined },
      { ok: false, archiveId: 'a-2', sessionId: 's-2', error: 'too old' },
    ]);
  });

  it('may answer errors in any words', async () => {
    await using service = await seedVault(() => new Response('<h1>no such thing</h1>', { status: 404 }));
    const error: unknown = await clientOf(service.url)
      .retrieveSession('a-1')
      .catch((reason: unknown) => reason);
    expect(isIntegrationError(error) && [error.code, error.status, error.problem]).toEqual(['api', 404, undefined]);
  });

  it('an answer that does not hold what it must is an error that names the field, and is not asked for again', async () => {
    await using service = await seedVault(() => Response.json({ archive_id: 'a-1', session_id: 's-1', status: 'x' }));
    const error: unknown = await clientOf(service.url)
      .archiveSession(entry)
      .catch((reason: unknown) => reason);
    expect(isIntegrationError(error) && error.code).toBe('serialization');
    expect(String(error)).toContain('/archived_at');
    expect(service.arrived).toHaveLength(1);
  });

  it('that knows no streams says so', async () => {
    await using service = await seedVault(() => Response.json({ archive_id: 'a-1' }));
    const vault = clientOf(service.url, { sealer: unused });
    const streaming = vault.archiveStream(new Blob(['1']).stream(), { sessionId: 's-1' });
    await expect(streaming).rejects.toMatchObject({
      code: 'http',
      message: expect.stringContaining('may not know') as string,
    });
    expect(service.arrived).toHaveLength(1);
  });
});

/** A sealer whose work is never asked for. */
const unused = {
  seal: () => Promise.reject(new Error('sealed')),
  open: () => Promise.reject(new Error('opened')),
  // eslint-disable-next-line require-yield -- it has nothing to give
  async *sealStream(): AsyncGenerator<Uint8Array, { digest: string; size: number }, void> {
    await Promise.resolve();
    throw new Error('sealed');
  },
};
