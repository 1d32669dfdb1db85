import type { BreakerSettings } from './breaker-settings.ts';

/** @returns how long the circuit stays open, in milliseconds, when it opens for the `openings`th time in a row. */
export function openDuration(settings: BreakerSettings, openings: number): number {
  const { openDurationMs: base, openBackoffMultiplier, maxOpenDurationMs, openJitter, random } = settings;
  const grown = base === 0 ? 0 : Math.min(maxOpenDurationMs, base * openBackoffMultiplier ** (openings - 1));
  return Math.min(maxOpenDurationMs, grown * (1 + openJitter * random()));
}

/** @returns the longest time these settings can yield. */
export function maxOpenDuration(settings: BreakerSettings): number {
  const { openDurationMs, openBackoffMultiplier, maxOpenDurationMs, openJitter } = settings;
  return openBackoffMultiplier > 1 ? maxOpenDurationMs : Math.min(maxOpenDurationMs, openDurationMs * (1 + openJitter));
}
