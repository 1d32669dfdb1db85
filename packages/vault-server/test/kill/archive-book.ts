/** What the vault told about each archive, so that it can be held to it. */
export type Told =
  /** Sent, no answer. */
  | 'sent'
  | 'acknowledged'
  /** Acknowledged, and under a policy by which a sweep may delete it. */
  | 'expiring'
  /** Deletion sent, no answer. */
  | 'deleting'
  | 'deleted';

export interface BookedArchive {
  readonly id: string;
  readonly data: string;
  readonly sealedBy: 'client' | 'server';
  /** Kept for a day only. */
  readonly expires: boolean;
  told: Told;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
