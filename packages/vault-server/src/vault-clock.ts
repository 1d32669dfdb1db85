import { type Clock } from '@llm-memory-graph/service';

/** Wall time for what is recorded, and monotonic time to check it by. The clock of `resilience` fits as it is. */
export interface VaultClock extends Clock {
  /** Milliseconds that never go back. */
  monotonic(): number;
}

export const systemVaultClock: VaultClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
