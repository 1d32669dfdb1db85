/** The source of time; the `Clock` of `@llm-memory-graph/resilience` fits as it is. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
