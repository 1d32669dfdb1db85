import { isIntegrationError } from '@llm-memory-graph/http';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';
import { vaultFor, type Tamper } from './vault.ts';

const key = generateKey();
const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: key }, primary: 'k' }) });
const words = 'words nobody else may read';
const entry = { id: 'archive-1', sessionId: 'session-1', data: { text: words }, tags: ['t'], metadata: { Team: 'a' } };

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('expected a failure');
  return error;
}

describe.each([
  ['sealed by the vault', {}],
  ['sealed by the client', { sealer }],
])('VaultClient, %s', (_name, options) => {
  it('archives, retrieves and deletes', async () => {
    const { client } = vaultFor();
    const vault = client(options);
    const receipt = await vault.archiveSession(entry);
    expect(receipt).toMatchObject({ archiveId: 'archive-1', sessionId: 'session-1', status: 'archived' });
    expect(receipt.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await vault.retrieveSession('archive-1')).toMatchObject({
      ...{ id: 'archive-1', sessionId: 'session-1', retentionDays: 365 },
      ...{ data: { text: words }, tags: ['t'], metadata: { Team: 'a' } },
    });
    await vault.deleteArchive('archive-1');
    expect(await failureOf(vault.retrieveSession('archive-1'))).toMatchObject({ code: 'api', retryable: false });
  });

  it.each(['1.0', '-0.0', '12345678901234567890', 'null', '{"__proto__": [1e400, "\\ud83d"], "a" :1.50}'])(
    'gives the text %s back as it was',
    async (dataJson) => {
      const { client } = vaultFor();
      const vault = client(options);
      const { archiveId } = await vault.archiveSession({ sessionId: 's', dataJson });
      expect((await vault.retrieveSession(archiveId)).dataJson).toBe(dataJson);
      expect(new TextDecoder().decode((await vault.verifyArchive(archiveId)).content)).toBe(dataJson);
    },
  );

  it('answers the same archive again as the first time', async () => {
    const { client } = vaultFor();
    const vault = client(options);
    const first = await vault.archiveSession(entry);
    const again = await vault.archiveSession(entry);
    expect(again).toMatchObject({ archiveId: first.archiveId, digest: first.digest, duplicate: true });
  });

  it('never takes other content under the same id for the same archive', async () => {
    const { client } = vaultFor();
    const vault = client(options);
    await vault.archiveSession(entry);
    const error = await failureOf(vault.archiveSession({ ...entry, data: { text: 'other' } }));
    expect(isIntegrationError(error)).toBe(true);
    expect((await vault.retrieveSession('archive-1')).data).toEqual({ text: words });
  });

  it('a lost answer after the commit is one archive, acknowledged', async () => {
    const { client } = vaultFor();
    let lost = 0;
    const loseFirst: Tamper = async (next, request) => {
      const response = await next(request);
      if (lost++ === 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      return response;
    };
    const receipt = await client(options, loseFirst).archiveSession(entry);
    expect(receipt.archiveId).toBe('archive-1');
    expect((await client(options).verifyArchive('archive-1')).digest).toBe(receipt.digest);
  });

  it('batches by count and bytes and tells of each session, in order', async () => {
    const { client, sent } = vaultFor();
    const vault = client({ ...options, batchSize: 3, maxBatchBytes: 700 });
    const inputs = Array.from({ length: 8 }, (_, i) => ({
      id: `a${String(i)}`,
      sessionId: `s${String(i)}`,
      data: 'x'.repeat(i === 4 ? 650 : 10),
    }));
    const outcome = await vault.batchArchive(inputs);
    expect(outcome).toMatchObject({ total: 8, successCount: 8, failed: [] });
    expect(outcome.archived).toEqual(inputs.map(({ id }) => id));
    expect(sent.map(({ path }) => path)).toEqual(Array(4).fill('/api/v1/archive/batch'));
  });

  it('loses nothing of a half-failed batch', async () => {
    const { client } = vaultFor();
    await client(options).archiveSession({ ...entry, id: 'a1', sessionId: 'another' });
    const inputs = ['a0', 'a1', 'a2'].map((id) => ({ id, sessionId: `s-${id}`, data: 1 }));
    const outcome = await client(options).batchArchive(inputs);
    expect(outcome.archived).toEqual(['a0', 'a2']);
    expect(outcome.failed).toMatchObject([{ ok: false, archiveId: 'a1', sessionId: 's-a1', retryable: false }]);
  });

  it('tells which of several archives of one session failed, and why', async () => {
    const { client } = vaultFor();
    await client(options).archiveSession({ ...entry, id: 'a1', sessionId: 'another' });
    await client(options).archiveSession({ ...entry, id: 'a3' });
    await client(options).deleteArchive('a3');
    const inputs = ['a0', 'a1', 'a2', 'a3'].map((id) => ({ id, sessionId: 's', data: 1 }));
    const { results } = await client(options).batchArchive(inputs);
    expect(results.map((result) => (result.ok ? result.archiveId : result.error))).toEqual([
      'a0',
      'the vault holds an archive with this id and other content',
      'a2',
      'an archive with this id was deleted; its id is not used again',
    ]);
  });

  it('the same id given for two sessions is archived for one of them', async () => {
    const { client } = vaultFor();
    const inputs = ['s1', 's2'].map((sessionId) => ({ id: 'a', sessionId, data: 1 }));
    const outcome = await client(options).batchArchive(inputs);
    expect(outcome.results.map((result) => [result.sessionId, result.ok])).toEqual([
      ['s1', true],
      ['s2', false],
    ]);
  });

  it('a request of a batch that fails costs only its own sessions', async () => {
    const { client } = vaultFor();
    let requests = 0;
    const failSecond: Tamper = (next, request) =>
      ++requests === 2 ? Promise.resolve(new Response('', { status: 400 })) : next(request);
    const vault = client({ ...options, batchSize: 2 }, failSecond);
    const inputs = Array.from({ length: 6 }, (_, i) => ({ id: `a${String(i)}`, sessionId: 's', data: i }));
    const outcome = await vault.batchArchive(inputs);
    expect(outcome.results.map((result) => result.ok)).toEqual([true, true, false, false, true, true]);
  });

  it('rejects when no request of a batch went through', async () => {
    const { client } = vaultFor();
    const vault = client({ ...options, apiKey: 'wrong' });
    expect(await failureOf(vault.batchArchive([entry]))).toMatchObject({ code: 'authentication', attempts: 1 });
    expect(await vault.batchArchive([])).toMatchObject({ total: 0, results: [] });
  });

  it('creates and applies policies', async () => {
    const { client } = vaultFor();
    const vault = client(options);
    await vault.archiveSession(entry);
    const policy = {
      policyId: 'p',
      name: 'P',
      retentionDays: 2555,
      complianceLevel: 'hipaa' as const,
      createdAt: new Date(0),
    };
    expect(await vault.createRetentionPolicy(policy)).toEqual({ policyId: 'p' });
    expect(await vault.createRetentionPolicy(policy)).toEqual({ policyId: 'p' });
    expect(await vault.getRetentionPolicy('p')).toMatchObject(policy);
    await vault.applyRetentionPolicy('archive-1', 'p');
    expect(await vault.getArchiveMetadata('archive-1')).toMatchObject({ policyId: 'p', retentionDays: 2555 });
  });

  it('checks health without a key', async () => {
    const { client, sent } = vaultFor();
    await client(options).healthCheck();
    expect(sent[0]?.headers.has('authorization')).toBe(false);
  });
});

describe('client-side sealing', () => {
  it('sends no content in the clear', async () => {
    const { client, sent } = vaultFor();
    await client({ sealer }).archiveSession(entry);
    await client({ sealer }).batchArchive([{ ...entry, id: 'archive-2' }]);
    for (const { body } of sent) expect(Buffer.from(body).includes(words)).toBe(false);
  });

  const corrupt: Tamper = async (next, request) => {
    const response = await next(request);
    if (!request.url.endsWith('/content')) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes[bytes.length - 1]! ^= 1;
    return new Response(bytes, response);
  };

  it('a flipped bit in what comes back is an error, never data', async () => {
    const { client } = vaultFor();
    await client({ sealer }).archiveSession(entry);
    expect(await failureOf(client({ sealer }, corrupt).retrieveSession('archive-1'))).toBeInstanceOf(IntegrityError);
    expect(await failureOf(client({ sealer }, corrupt).verifyArchive('archive-1'))).toBeInstanceOf(IntegrityError);
  });

  it('another key opens nothing', async () => {
    const { client } = vaultFor();
    await client({ sealer }).archiveSession(entry);
    const other = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });
    const error = await failureOf(client({ sealer: other }).retrieveSession('archive-1'));
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error.message).toContain('cannot be opened');
  });

  it('a receipt with another digest is refused', async () => {
    const { client } = vaultFor();
    const lie: Tamper = async (next, request) => {
      const response = await next(request);
      const body = (await response.json()) as object;
      return Response.json({ ...body, digest: `sha256:${'0'.repeat(64)}` });
    };
    expect(await failureOf(client({ sealer }, lie).archiveSession(entry))).toBeInstanceOf(IntegrityError);
  });
});

describe('server-side sealing', () => {
  it('asks by the two headers', async () => {
    const { client, sent } = vaultFor();
    await client().archiveSession({ ...entry, id: 'on' });
    await client({ encryptionEnabled: false, compressionEnabled: false }).archiveSession({ ...entry, id: 'off' });
    const flags = sent.map(({ headers }) => [
      headers.get('x-encryption-enabled'),
      headers.get('x-compression-enabled'),
    ]);
    expect(flags).toEqual([
      ['true', 'true'],
      ['false', 'false'],
    ]);
    expect(await client().getArchiveMetadata('on')).toMatchObject({
      encrypted: true,
      compressed: true,
      sealedBy: 'server',
    });
  });

  it('a client that seals reads what the vault sealed', async () => {
    const { client } = vaultFor();
    await client().archiveSession(entry);
    expect((await client({ sealer }).retrieveSession('archive-1')).data).toEqual({ text: words });
  });
});

describe('bad input', () => {
  it.each([
    [{ sessionId: 'a/b', data: 1 }, '/sessionId'],
    [{ sessionId: 's', id: '..', data: 1 }, '/id'],
    [{ sessionId: 's', data: 1, retentionDays: 0 }, '/retentionDays'],
    [{ sessionId: 's', data: undefined }, '/data'],
  ])('%j is refused before anything is sent, naming the field', async (input, field) => {
    const { client, sent } = vaultFor();
    const error = await failureOf(client().archiveSession(input));
    expect(error).toMatchObject({ code: 'serialization' });
    expect(error.message).toContain(field);
    expect(sent).toEqual([]);
  });
});
