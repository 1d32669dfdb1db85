import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = new URL('../../../../shared/data/tau-bench/gpt-4o-airline.json', import.meta.url);

interface Recorded {
  readonly traj: readonly { readonly content: string | null }[];
}

/** Real agent sessions to measure with, as many as are wanted. */
export interface Sessions {
  /** What every session begins with; who runs the agent knows it, so a dictionary may hold it. */
  readonly systemPrompt: string;
  /** JSON text of session `index` in UTF-8; no two are equal. */
  readonly bytes: (index: number) => Buffer;
}

/** @throws {Error} naming the file, when the recorded sessions are not beside the project */
export function recordedSessions(): Sessions {
  const recorded = JSON.parse(read()) as readonly Recorded[];
  const texts = recorded.map((session) => {
    const system = JSON.stringify(session.traj[0]);
    const [before = '', after = ''] = JSON.stringify(session).split(system);
    return { before, system, after };
  });
  return {
    systemPrompt: recorded[0]?.traj[0]?.content ?? '',
    bytes: (index) => {
      const { before, system, after } = texts[index % texts.length] as (typeof texts)[number];
      const vary = varied(index);
      return Buffer.from(`{"copy":${index},${vary(before.slice(1))}${system}${vary(after)}`);
    },
  };
}

function read(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`the recorded sessions are not at ${fileURLToPath(file)}`, { cause });
  }
}

/** Ids of calls, reservations, users and payments: what no two sessions share. Dates, flights and amounts stay as likely as they were. */
const identifiers = /(?<=call_)\w{24}|\b(?=[A-Z]*\d)(?!HAT)[A-Z\d]{6}\b|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4,}/g;

/** Exchanges identifiers, the same for the same, so that a text repeats itself as much as before. */
function varied(seed: number): (text: string) => string {
  const exchanged = new Map<string, string>();
  const random = seededRandom(seed);
  return (text) =>
    text.replace(identifiers, (found) => {
      let other = exchanged.get(found);
      if (other === undefined) {
        other = found.replace(/[A-Za-z\d]/g, (sign) => like(sign, random));
        exchanged.set(found, other);
      }
      return other;
    });
}

const kinds = ['1234567890', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'] as const;

function like(sign: string, random: () => number): string {
  const signs = sign < 'A' ? kinds[0] : sign < 'a' ? kinds[1] : kinds[2];
  return signs.charAt(Math.floor(random() * signs.length));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = (seed * 0x9e37_79b9) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
