import { generateKey, localKeyRing, sealSync, structuralDictionary } from '@llm-memory-graph/sealed-archive';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Case, Group, Sample } from '../harness/suite.ts';
import { recordedSessions, type Sessions } from './sessions.ts';

const sessions = 2_000;

/** Seals sessions one by one in one thread. `prepare` gives what makes one sealed piece of bytes out of one session. */
function sealing(
  kind: Pick<Case, 'name' | 'ours' | 'floor'>,
  prepare: (recorded: Sessions) => (content: Buffer) => number,
): Case {
  return {
    ...kind,
    setup: () => {
      let contents: readonly Buffer[] | undefined;
      let seal: ((content: Buffer) => number) | undefined;
      const sample = (): Sample => {
        if (process.argv[5] === 'memory') return {};
        const recorded = recordedSessions();
        contents ??= Array.from({ length: sessions }, (_, index) => recorded.bytes(index));
        seal ??= prepare(recorded);
        const bytes = contents.reduce((sum, each) => sum + each.length, 0);
        let sealed = 0;
        const start = performance.now();
        for (const content of contents) sealed += seal(content);
        const seconds = (performance.now() - start) / 1_000;
        return { perSecond: sessions / seconds, mbPerSecond: bytes / 1e6 / seconds, ratio: bytes / sealed };
      };
      return { kind: 'sample', sample };
    },
  };
}

const context = { tenant: 'acme', sessionId: 'session-1', archiveId: 'archive-1' };
const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });

function sealedAt(name: string, level: number, texts: (recorded: Sessions) => readonly string[]): Case {
  return sealing({ name, ours: true }, (recorded) => {
    const dictionary = structuralDictionary([...texts(recorded)]);
    return (content) => sealSync(content, { context, keys, level, dictionary }).size;
  });
}

const prompt = (recorded: Sessions): readonly string[] => [recorded.systemPrompt];

export const sealSessions: Group = {
  title: 'seal real agent sessions of 18 KB, each separately retrievable and deletable, one thread',
  goal: 'ratio >= 6',
  cases: [
    sealing(
      { name: 'zstd 3 alone, no dictionary, no encryption', floor: true },
      () => (content) => zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length,
    ),
    sealedAt('sealSync, shipped dictionary, zstd 3', 3, () => []),
    sealedAt('sealSync, with the system prompt, zstd 1', 1, prompt),
    sealedAt('sealSync, with the system prompt, zstd 3', 3, prompt),
    sealedAt('sealSync, with the system prompt, zstd 9', 9, prompt),
  ],
};
