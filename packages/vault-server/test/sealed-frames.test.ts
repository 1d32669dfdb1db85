import {
  archiveMetadata,
  archiveReceipt,
  batchResult,
  encodeSealedFrames,
  sealedEntry,
  sealedFramesMediaType,
  type SealedEntryInput,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import { digestOf, generateKey, localKeyRing, open, seal } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';

import { entry, testVault } from './test-vault.ts';

const clientKeys = localKeyRing({ keys: { client: generateKey() }, primary: 'client' });
const framesType = { 'content-type': sealedFramesMediaType };

async function frame(archiveId: string, data: unknown, fields: Partial<SealedEntryInput> = {}): Promise<SealedFrame> {
  const sessionId = fields.sessionId ?? 's-1';
  const context = { tenant: 'mine', sessionId, archiveId };
  const { bytes, digest } = await seal(new TextEncoder().encode(JSON.stringify(data)), { context, keys: clientKeys });
  const given = { id: archiveId, sessionId, retentionDays: 30, tags: ['batch'], metadata: { n: 1 }, digest, ...fields };
  return { entry: sealedEntry.parse(given), content: bytes };
}

describe('archives sealed by the client', () => {
  it('holds exactly the bytes sent, and answers with their receipt', async () => {
    const { ask } = testVault();
    const sent = await frame('a', { secret: 'hello' });
    const answer = await ask('POST', '/api/v1/archive', encodeSealedFrames([sent]), framesType);
    expect(archiveReceipt.decode(await answer.json())).toMatchObject({
      archiveId: 'a',
      sessionId: 's-1',
      digest: sent.entry.digest,
      size: sent.content.length,
      duplicate: false,
    });
    const held = new Uint8Array(await (await ask('GET', '/api/v1/archive/a/content')).arrayBuffer());
    expect(held).toEqual(sent.content);
    const context = { tenant: 'mine', sessionId: 's-1', archiveId: 'a' };
    expect(new TextDecoder().decode(await open(held, { context, keys: clientKeys }))).toBe('{"secret":"hello"}');
    expect(archiveMetadata.decode(await (await ask('GET', '/api/v1/archive/a/metadata')).json())).toMatchObject({
      sealedBy: 'client',
      encrypted: true,
      compressed: true,
      digest: sent.entry.digest,
      metadata: { n: 1 },
    });
  });

  it('gives a plain retrieve the sealed bytes as data', async () => {
    const { ask, json } = testVault();
    const sent = await frame('a', 1);
    await ask('POST', '/api/v1/archive', encodeSealedFrames([sent]), framesType);
    expect(await json('GET', '/api/v1/archive/a')).toMatchObject({
      id: 'a',
      session_id: 's-1',
      data: {
        sealed: { format: 'llm-memory-graph/sealed-archive', content: Buffer.from(sent.content).toString('base64') },
      },
    });
  });

  it('stores a batch of frames and reports each', async () => {
    const { ask } = testVault();
    const good = await frame('good', 1);
    const flipped = await frame('flipped', 2, { sessionId: 's-flipped' });
    flipped.content[flipped.content.length - 1]! ^= 1;
    const noise = new TextEncoder().encode('not sealed at all');
    const unsealed: SealedFrame = {
      entry: sealedEntry.parse({ id: 'noise', sessionId: 's-noise', retentionDays: 1, digest: digestOf(noise) }),
      content: noise,
    };
    const body = encodeSealedFrames([good, flipped, unsealed, await frame('last', 3)]);
    const result = batchResult.decode(await (await ask('POST', '/api/v1/archive/batch', body, framesType)).json());
    expect(result).toMatchObject({ archived: ['good', 'last'], total: 4, successCount: 2 });
    expect(result.failed).toEqual([
      {
        ...{ sessionId: 's-flipped', archiveId: 'flipped', index: 1, type: 'digest-mismatch' },
        error: 'the content does not have the digest that its entry states',
      },
      {
        ...{ sessionId: 's-noise', archiveId: 'noise', index: 2, type: 'not-sealed' },
        error: 'the content is not a sealed archive: corrupt',
      },
    ]);
    expect(result.receipts?.map((receipt) => receipt.digest)).toContain(good.entry.digest);
    expect((await ask('GET', '/api/v1/archive/flipped')).status).toBe(404);
    const empty = await ask('POST', '/api/v1/archive/batch', new Uint8Array(), framesType);
    expect(await empty.json()).toMatchObject({ total: 0 });
  });

  it('gives the first receipt to a client that sealed the same session again, and overwrites nothing', async () => {
    const { ask } = testVault();
    const first = await frame('a', 'x');
    const again = await frame('a', 'x');
    expect(again.entry.digest).not.toBe(first.entry.digest);
    await ask('POST', '/api/v1/archive', encodeSealedFrames([first]), framesType);
    const single = await ask('POST', '/api/v1/archive', encodeSealedFrames([again]), framesType);
    expect(await single.json()).toMatchObject({ digest: first.entry.digest, duplicate: true });
    const batch = await ask('POST', '/api/v1/archive/batch', encodeSealedFrames([again]), framesType);
    expect(await batch.json()).toMatchObject({
      archived: ['a'],
      receipts: [{ digest: first.entry.digest, duplicate: true }],
    });
    const held = new Uint8Array(await (await ask('GET', '/api/v1/archive/a/content')).arrayBuffer());
    expect(held).toEqual(first.content);
  });

  it('refuses an id that another session has, or that the server sealed', async () => {
    const { ask, json } = testVault();
    await ask('POST', '/api/v1/archive', encodeSealedFrames([await frame('a', 1)]), framesType);
    const other = encodeSealedFrames([await frame('a', 1, { sessionId: 's-2' })]);
    expect((await ask('POST', '/api/v1/archive', other, framesType)).status).toBe(409);
    expect(await (await ask('POST', '/api/v1/archive/batch', other, framesType)).json()).toMatchObject({
      archived: [],
      failed: [{ session_id: 's-2' }],
    });
    expect((await ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'a' })))).status).toBe(409);
    await json('POST', '/api/v1/archive', entry({ id: 'b', session_id: 's-1' }));
    const server = encodeSealedFrames([await frame('b', 1)]);
    expect((await ask('POST', '/api/v1/archive', server, framesType)).status).toBe(409);
  });

  it('refuses a body that is cut short, and more or less than one frame as a single archive', async () => {
    const { ask } = testVault();
    const one = encodeSealedFrames([await frame('a', 1)]);
    const two = encodeSealedFrames([await frame('b', 1), await frame('c', 1)]);
    for (const [path, body] of [
      ['/api/v1/archive/batch', one.subarray(0, one.length - 1)],
      ['/api/v1/archive', two],
      ['/api/v1/archive', new Uint8Array()],
    ] as const)
      expect((await ask('POST', path, body, framesType)).status).toBe(400);
    expect(await (await ask('GET', '/api/v1/archive')).json()).toEqual({ archives: [], next_cursor: null });
  });
});
