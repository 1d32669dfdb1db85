import { randomBytes } from 'node:crypto';

import { afterEach, describe, expect, it } from 'vitest';

import { ArchiveError } from '../archive-error.ts';
import { type KeyProvider, type WrappedKey } from '../key-provider.ts';
import { generateKey, localKeyRing } from '../local-key-ring.ts';
import { open } from '../open.ts';
import { type SealOptions } from '../seal-options.ts';
import { sealingThreads, type SealingThreads } from './sealing-threads.ts';

const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
const contextOf = (n: number): SealOptions['context'] => ({ tenant: 'acme', sessionId: 's', archiveId: `a-${n}` });
const optionsOf = (n: number, keyProvider: KeyProvider = keys): SealOptions => ({
  ...{ context: contextOf(n), compression: 'zstd', contentType: 'application/json' },
  keys: keyProvider,
});
const contentOf = (n: number, bytes = 2_000): Uint8Array => Buffer.alloc(bytes, `content ${n} `);

describe('sealingThreads', () => {
  let sealing: SealingThreads;
  afterEach(() => sealing.close());

  it('V1: seals many at once, each openable as itself', async () => {
    sealing = sealingThreads({ threads: 2 });
    const sizes = [0, 1, 100, 2_000, 300_000, 3_000_000];
    const contents = Array.from({ length: 60 }, (_, i) => contentOf(i, sizes[i % sizes.length]));
    const sealed = await Promise.all(contents.map((content, i) => sealing.seal(content, optionsOf(i))));
    for (const [i, { bytes, size, contentSize, keyIds }] of sealed.entries()) {
      expect([bytes.length, contentSize, keyIds]).toEqual([size, contents[i]!.length, ['k']]);
      expect(Buffer.compare(await open(bytes, { context: contextOf(i), keys }), contents[i]!)).toBe(0);
    }
  });

  it('leaves what it was given as it was', async () => {
    sealing = sealingThreads({ threads: 1 });
    const content = contentOf(1);
    await sealing.seal(content, optionsOf(1));
    expect(Buffer.from(content).equals(contentOf(1))).toBe(true);
  });

  it('seals without encryption when there are no keys', async () => {
    sealing = sealingThreads({ threads: 1 });
    const { keys: _, ...plain } = optionsOf(1);
    const { bytes, keyIds } = await sealing.seal(contentOf(1), plain);
    expect(keyIds).toEqual([]);
    expect(Buffer.compare(await open(bytes, { context: contextOf(1) }), contentOf(1))).toBe(0);
  });

  it('asks for keys where they live, also when they take time; a failure costs only its own', async () => {
    sealing = sealingThreads({ threads: 1 });
    const down = new Error('no route to the key service');
    const remote: KeyProvider = {
      ...keys,
      wrap: async (dataKey, context) => {
        await new Promise(setImmediate);
        if (context.archiveId === 'a-1') throw down;
        if (context.archiveId === 'a-2') throw new ArchiveError('unknown_key', 'gone');
        return keys.wrap(dataKey, context);
      },
    };
    const outcomes = await Promise.allSettled(
      [0, 1, 2, 3].map((n) => sealing.seal(contentOf(n), optionsOf(n, remote))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'ArchiveError', code: 'key_unavailable', cause: down } });
    expect(outcomes[2]).toMatchObject({ reason: { name: 'ArchiveError', code: 'unknown_key' } });
  });

  it('gives the error of a thread to the one whose it is', async () => {
    sealing = sealingThreads({ threads: 1 });
    const wrong = { ...optionsOf(1), contentType: 'no media type' };
    const outcomes = await Promise.allSettled([
      sealing.seal(contentOf(1), wrong),
      sealing.seal(contentOf(2), optionsOf(2)),
    ]);
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'invalid_options' } });
    expect(outcomes[1].status).toBe('fulfilled');
  });

  it('fails what waits for its key or is under way when it closes, and refuses what comes after', async () => {
    sealing = sealingThreads({ threads: 1 });
    const slow: KeyProvider = { ...keys, wrap: () => new Promise(() => undefined) };
    const waiting = expect(sealing.seal(contentOf(1), optionsOf(1, slow))).rejects.toThrow('closed');
    // Too much work to be done before it is given up.
    const large = sealing.seal(randomBytes(3_000_000), { ...optionsOf(2), level: 19 });
    const ended = expect(large).rejects.toThrow('a sealing thread ended');
    await new Promise(setImmediate);
    await sealing.close();
    await Promise.all([waiting, ended]);
    await expect(sealing.seal(contentOf(3), optionsOf(3))).rejects.toThrow('closed');
  });

  it('never starts a thread for a key that comes after it closed', async () => {
    sealing = sealingThreads({ threads: 1 });
    const key = Promise.withResolvers<WrappedKey[]>();
    const late = sealing.seal(contentOf(1), optionsOf(1, { ...keys, wrap: () => key.promise }));
    const refused = expect(late).rejects.toThrow('closed');
    await sealing.close();
    key.resolve([{ keyId: 'k', wrapped: new Uint8Array(72) }]);
    await refused;
    await new Promise(setImmediate);
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });

  it.each([0, 1.5, 65, Number.NaN])('refuses %s threads', (threads) => {
    sealing = sealingThreads();
    expect(() => sealingThreads({ threads })).toThrow(`\`threads\` must be an integer from 1 to 64, got ${threads}`);
  });
});
