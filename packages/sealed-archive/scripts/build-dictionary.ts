import { writeFileSync } from 'node:fs';

import { generatedSessions } from './generated-sessions.ts';
import { bestOf, structureOf } from './structure-of.ts';

/*
 * Writes the shipped dictionary from generated sessions, as source and as the bytes it is: `node scripts/build-dictionary.ts`. A changed dictionary is
 * another dictionary: the old one must go on being shipped for the archives that need it.
 */
const scores = new Map<string, number>();
for (const sessions of generatedSessions(60))
  for (const [piece, score] of structureOf(sessions)) scores.set(piece, (scores.get(piece) ?? 0) + score);
const text = bestOf(scores, 10_000);
writeFileSync(
  new URL('../src/dictionary/structural-1.ts', import.meta.url),
  `// Written by scripts/build-dictionary.ts from generated sessions. Never edit: archives refer to it by its digest.\n` +
    `// prettier-ignore\n` +
    `export const structuralText =\n  ${JSON.stringify(text)};\n`,
);
writeFileSync(new URL('../vectors/structural-1.txt', import.meta.url), text);
console.log(`${Buffer.byteLength(text)} bytes`);
