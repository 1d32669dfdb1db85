import { failpointNames } from '../../src/index.ts';
import type { Seeded } from '../kit/seeded.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How one process of the campaign ends. */
export type End =
  | { readonly kind: 'failpoint'; readonly aim: string }
  | { readonly kind: 'kill' | 'zombie' | 'drain' | 'stop'; readonly afterSessions: number }
  | { readonly kind: 'natural' };

/** What one process of the campaign goes through. */
export interface Life {
  readonly end: End;
  /** The environment of the clock preload; empty for a right clock. */
  readonly clock: Readonly<Record<string, string>>;
}

const aims = failpointNames.filter((name) => !name.endsWith('-prune'));

function endOf(seeded: Seeded): End {
  const draw = seeded.next();
  const afterSessions = 1 + seeded.below(20);
  if (draw < 0.5) return { kind: 'failpoint', aim: `${seeded.of(aims)}:${String(1 + seeded.below(6))}` };
  if (draw < 0.75) return { kind: 'kill', afterSessions };
  if (draw < 0.85) return { kind: 'zombie', afterSessions };
  if (draw < 0.92) return { kind: 'drain', afterSessions };
  if (draw < 0.96) return { kind: 'stop', afterSessions };
  return { kind: 'natural' };
}

/** Draws a life: how it ends, and in a quarter of all how its clock is wrong. */
export function lifeOf(seeded: Seeded): Life {
  const end = endOf(seeded);
  const off = [hourMs, -hourMs, 90 * dayMs, -90 * dayMs];
  const draw = seeded.next();
  if (draw < 0.15) return { end, clock: { CLOCK_SKEW_MS: String(seeded.of(off)) } };
  if (draw < 0.25) {
    return { end, clock: { CLOCK_JUMP_MS: String(seeded.of(off)), CLOCK_JUMP_AFTER: String(seeded.below(400)) } };
  }
  return { end, clock: {} };
}
