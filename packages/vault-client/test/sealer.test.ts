import {
  generateKey,
  inspect,
  isArchiveError,
  localKeyRing,
  seal,
  sealingThreads,
  structuralDictionary,
  type Sealing,
} from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { IntegrityError, type VaultClient } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';
import { vaultFor } from './vault.ts';

const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
// Nothing in it repeats, so only a dictionary makes it smaller.
const systemPrompt = Array.from({ length: 400 }, (_, i) => (i * 7919).toString(36)).join(' ');
const first = structuralDictionary([systemPrompt]);
const second = structuralDictionary([systemPrompt, 'tools']);
const entry = { id: 'a', sessionId: 's', data: { system: systemPrompt, user: 'hello' } };

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function streamed(vault: VaultClient, archiveId: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of vault.retrieveStream(archiveId)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('archiveSealer', () => {
  it('makes smaller archives with a dictionary, one by one and as streams, and opens them', async () => {
    const { client } = vaultFor();
    const plain = client({ sealer: archiveSealer({ keys }) });
    const vault = client({ sealer: archiveSealer({ keys, dictionaries: [first] }) });
    const before = await plain.archiveSession({ ...entry, id: 'plain' });
    const after = await vault.archiveSession(entry);
    expect(after.size).toBeLessThan((before.size ?? 0) / 2);
    expect((await vault.retrieveSession('a')).data).toEqual(entry.data);
    const text = JSON.stringify(entry.data);
    const stream = await vault.archiveStream(new Blob([text]).stream(), { id: 'b', sessionId: 's' });
    expect(stream.size).toBeLessThan((before.size ?? 0) / 2);
    expect(await streamed(vault, 'b')).toBe(text);
  });

  it('V2: without the dictionary an archive does not open, and the error says why', async () => {
    const { client } = vaultFor();
    await client({ sealer: archiveSealer({ keys, dictionaries: [first] }) }).archiveSession(entry);
    const without = client({ sealer: archiveSealer({ keys, dictionaries: [second] }) });
    for (const read of [
      () => without.retrieveSession('a'),
      () => without.verifyArchive('a'),
      () => streamed(without, 'a'),
    ]) {
      const error = await failureOf(read());
      if (!(error instanceof IntegrityError)) throw new Error('expected an IntegrityError', { cause: error });
      expect(error.message).toContain('unsupported_version');
      expect(isArchiveError(error.cause) && error.cause.code).toBe('unsupported_version');
    }
  });

  it('seals with the last dictionary and opens with all of them', async () => {
    const { client } = vaultFor();
    await client({ sealer: archiveSealer({ keys, dictionaries: [first] }) }).archiveSession(entry);
    const vault = client({ sealer: archiveSealer({ keys, dictionaries: [first, second] }) });
    await vault.archiveSession({ ...entry, id: 'b' });
    for (const [id, dictionary] of [
      ['a', first],
      ['b', second],
    ] as const) {
      expect((await vault.retrieveSession(id)).data).toEqual(entry.data);
      expect(inspect((await vault.retrieveSealed(id)).content).dictionaryId).toBe(dictionary.id);
    }
  });

  it('compresses as hard as it is told', async () => {
    const content = new TextEncoder().encode(Array.from({ length: 4000 }, (_, i) => i ** 3 % 1013).join());
    const sizeAt = async (level?: number) =>
      (
        await archiveSealer({ keys, ...(level !== undefined && { level }) }).seal(content, {
          sessionId: 's',
          archiveId: 'a',
        })
      ).bytes.length;
    expect(await sizeAt(19)).toBeLessThan(await sizeAt());
  });

  it('seals in threads what they are asked to, a batch at once', async () => {
    const threads = sealingThreads({ threads: 2 });
    let asked = 0;
    const sealing: Sealing = { seal: (content, options) => (asked++, threads.seal(content, options)) };
    try {
      const vault = vaultFor().client({ sealer: archiveSealer({ keys, dictionaries: [first], sealing }) });
      const inputs = Array.from({ length: 40 }, (_, i) => ({ ...entry, id: `a${String(i)}`, data: i }));
      expect((await vault.batchArchive(inputs)).successCount).toBe(40);
      expect(asked).toBe(40);
      expect((await vault.retrieveSession('a7')).data).toBe(7);
    } finally {
      await threads.close();
    }
  });

  it('an error of one session in a thread is that session’s alone', async () => {
    const failing: Sealing = {
      seal: (content, options) =>
        options.context.archiveId === 'a1' ? Promise.reject(new Error('torn')) : seal(content, options),
    };
    const vault = vaultFor().client({ sealer: archiveSealer({ keys, sealing: failing }) });
    const { results } = await vault.batchArchive(['a0', 'a1', 'a2'].map((id) => ({ ...entry, id })));
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
  });
});
