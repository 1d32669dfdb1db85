import { ApiError } from '@llm-memory-graph/http';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { archivePort, VaultClient } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';
import { apiKey, vaultFor } from './vault.ts';

const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });
const bytes = new TextEncoder().encode('{"a":1.0}');
const request = (archiveId: string, sessionId = `s-${archiveId}`) => ({
  ...{ archiveId, sessionId, bytes },
  ...{ retentionDays: 365, tags: ['batch'], metadata: { archived_by: 'archival_scheduler' } },
});

describe('archivePort', () => {
  it('archives with digest and size, in order, and reads the same back', async () => {
    const port = archivePort(vaultFor().client({ sealer }));
    const archived = await port.archive([request('a'), request('b')], {});
    expect(archived).toMatchObject([
      { ok: true, archiveId: 'a', duplicate: false },
      { ok: true, archiveId: 'b', duplicate: false },
    ]);
    const held = await port.readBack(['b', 'a'], {});
    expect(held.map((one) => one.ok && one.digest)).toEqual(archived.map((one) => one.ok && one.digest).reverse());
  });

  it('reads a batch back in one request', async () => {
    const { client, sent } = vaultFor();
    const port = archivePort(client({ sealer }));
    const ids = Array.from({ length: 30 }, (_, i) => `a${String(i)}`);
    await port.archive(
      ids.map((id) => request(id)),
      {},
    );
    sent.length = 0;
    expect((await port.readBack(ids, {})).every(({ ok }) => ok)).toBe(true);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /api/v1/archive/read-back']);
  });

  it.each([404, 405, 501])(
    'asks for one archive after the other where %s says that the vault knows no other way',
    async (status) => {
      const { client, sent } = vaultFor();
      const older = client({ sealer }, (next, asked) =>
        asked.url.endsWith('/read-back') ? Promise.resolve(Response.json({ status }, { status })) : next(asked),
      );
      const port = archivePort(older);
      const archived = await port.archive([request('a'), request('b')], {});
      sent.length = 0;
      for (let i = 0; i < 2; i++) {
        const [b, none, a] = await port.readBack(['b', 'none', 'a'], {});
        expect([a, b].map((one) => one?.ok && one.digest)).toEqual(archived.map((one) => one.ok && one.digest));
        expect(none).toMatchObject({ ok: false, retryable: false });
      }
      expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );

  it('fails for one archive only where the vault cannot read it, and may be asked again', async () => {
    const report = { archives: [], failed: [{ archive_id: 'a', status: 500, error: 'torn' }] };
    const port = archivePort(new VaultClient({ apiKey, fetch: async () => Response.json(report) }));
    const [torn, untold] = await port.readBack(['a', 'b'], {});
    expect(torn).toMatchObject({ ok: false, retryable: true, error: { status: 500 } });
    expect(untold).toMatchObject({ ok: false, retryable: false, error: { code: 'serialization', archiveId: 'b' } });
  });

  it('tells of one session that fails without the others', async () => {
    const { client } = vaultFor();
    const port = archivePort(client({ sealer }));
    await port.archive([request('a', 'first')], {});
    const [other, fine] = await port.archive([request('a', 'second'), request('b')], {});
    expect(other).toMatchObject({ ok: false, retryable: false });
    expect(fine).toMatchObject({ ok: true });
    expect(await port.readBack(['b', 'none'], {})).toMatchObject([{ ok: true }, { ok: false, retryable: false }]);
  });

  it('verifies whole archives, and says so of those that do not open', async () => {
    const { client } = vaultFor();
    const port = archivePort(client({ sealer }));
    const [archived] = await port.archive([request('a')], {});
    expect(await port.verify(['a', 'none'], {})).toMatchObject([
      { ok: true, archiveId: 'a', sessionId: 's-a', digest: archived?.ok && archived.digest },
      { ok: false, retryable: false },
    ]);
    const stranger = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });
    expect(await archivePort(client({ sealer: stranger })).verify(['a'], {})).toMatchObject([
      { ok: false, retryable: false },
    ]);
  });

  it('S4: tells the time of the vault when asked to, and fails where it does not tell', async () => {
    expect(archivePort(vaultFor().client())).not.toHaveProperty('now');
    const answer = (headers: HeadersInit) => async () => new Response(null, { status: 204, headers });
    const at = 'Tue, 01 Jan 2030 12:00:00 GMT';
    const told = archivePort(new VaultClient({ apiKey, fetch: answer({ date: at }) }), { readsClock: true });
    expect(await told.now?.({})).toEqual(new Date(at));
    const silent = archivePort(new VaultClient({ apiKey, fetch: answer({}) }), { readsClock: true });
    await expect(silent.now?.({})).rejects.toThrow('without a `Date`');
  });

  it('rejects when the vault could not be asked', async () => {
    const port = archivePort(vaultFor().client({ apiKey: `${apiKey}-wrong` }));
    await expect(port.archive([request('a')], {})).rejects.toMatchObject({ code: 'authentication' });
    await expect(port.readBack(['a'], {})).rejects.toMatchObject({ code: 'authentication' });
  });

  it('takes a policy that an earlier process made for its own, and no other', async () => {
    const { client } = vaultFor();
    const port = archivePort(client());
    const policy = { policyId: 'hipaa-2555', name: 'HIPAA', retentionDays: 2555, complianceLevel: 'hipaa' as const };
    const first = await port.createRetentionPolicy({ ...policy, createdAt: new Date(0) }, {});
    expect(await port.createRetentionPolicy({ ...policy, createdAt: new Date(1) }, {})).toEqual(first);
    await expect(port.createRetentionPolicy({ ...policy, retentionDays: 1 }, {})).rejects.toBeInstanceOf(ApiError);
  });
});
