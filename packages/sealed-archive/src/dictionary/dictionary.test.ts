import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { codeOf } from '../../test/code-of.ts';
import { generatedSessions } from '../../scripts/generated-sessions.ts';
import { inspect, open, sealSync, structuralDictionary, zstdDictionary } from '../index.ts';
import { structuralText } from './structural-1.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const prompt = 'You are the agent of a bookshop.\nNever talk about "weather".\n'.repeat(3);
const session = new TextEncoder().encode(JSON.stringify({ messages: [{ role: 'system', content: prompt }] }));

describe('dictionaries', () => {
  it('opens with the dictionary that the archive names, and says which one is missing', async () => {
    const dictionary = structuralDictionary([prompt]);
    const { bytes } = sealSync(session, { context, dictionary });
    expect(inspect(bytes).dictionaryId).toBe(dictionary.id);
    expect(await open(bytes, { context, dictionaries: [dictionary] })).toEqual(session);
    await expect(open(bytes, { context })).rejects.toThrow(dictionary.id);
    expect(await codeOf(() => open(bytes, { context }))).toBe('unsupported_version');
  });

  it('makes an archive smaller by what the session repeats of it, escapes included', () => {
    const sizeWith = (dictionary: Parameters<typeof sealSync>[1]['dictionary'] & {}): number =>
      sealSync(session, { context, dictionary }).size;
    expect(sizeWith('structural')).toBeLessThan(sizeWith('none'));
    expect(sizeWith(structuralDictionary([prompt]))).toBeLessThan(sizeWith('structural') - 50);
  });

  it('refuses what is none', async () => {
    expect(await codeOf(() => zstdDictionary(new Uint8Array(7)))).toBe('invalid_options');
    expect(await codeOf(() => zstdDictionary(new Uint8Array(64 * 1024 + 1)))).toBe('invalid_options');
    const trained = Uint8Array.of(0x37, 0xa4, 0x30, 0xec, 1, 2, 3, 4, 5, 6);
    expect(await codeOf(() => zstdDictionary(trained))).toBe('invalid_options');
    expect(await codeOf(() => structuralDictionary([1] as never))).toBe('invalid_options');
  });

  it('V5 the shipped one holds nothing that varies between sessions: no generated value is in it', () => {
    const words = new Set(
      generatedSessions(3)
        .flat()
        .flatMap((text) => text.match(/[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*/g) ?? []),
    );
    const leaked = [...words].filter((word) => word.length >= 5 && structuralText.includes(word));
    expect(words.size).toBeGreaterThan(1000);
    expect(leaked).toEqual([]);
  });
});

const corpus = new URL('../../../../../shared/data/tau-bench/gpt-4o-airline.json', import.meta.url);

describe('real sessions', () => {
  it.skipIf(!existsSync(corpus))(
    'ratio of at least 6 with the system prompt as dictionary (needs ../shared/data)',
    () => {
      const sessions = JSON.parse(readFileSync(corpus, 'utf8')) as { traj: [{ content: string }] }[];
      const texts = sessions.map((each) => new TextEncoder().encode(JSON.stringify(each)));
      const dictionary = structuralDictionary([sessions[0]!.traj[0].content]);
      const ratio = (chosen: 'none' | 'structural' | typeof dictionary): number => {
        const sizes = texts.map((text) => [text.length, sealSync(text, { context, dictionary: chosen }).size] as const);
        return sizes.reduce((sum, [size]) => sum + size, 0) / sizes.reduce((sum, [, sealed]) => sum + sealed, 0);
      };
      expect(ratio('structural')).toBeGreaterThan(ratio('none') * 1.04);
      expect(ratio(dictionary)).toBeGreaterThan(6);
    },
  );
});
