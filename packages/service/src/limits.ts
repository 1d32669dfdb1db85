/** Bounds on what a service reads. */
export interface Limits {
  /** Largest request body, in bytes after decoding. @default 4 MiB */
  readonly maxBodyBytes?: number;
  /** Deepest nesting of arrays and objects in a JSON body. @default 128 */
  readonly maxJsonDepth?: number;
}

export type ResolvedLimits = Required<Limits>;

function positiveInteger(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${option} must be an integer >= 1, got ${String(value)}`);
}

/** @throws {RangeError} naming option and value */
export function resolveLimits(limits: Limits = {}): ResolvedLimits {
  const { maxBodyBytes = 4 * 1024 * 1024, maxJsonDepth = 128 } = limits;
  return {
    maxBodyBytes: positiveInteger('limits.maxBodyBytes', maxBodyBytes),
    maxJsonDepth: positiveInteger('limits.maxJsonDepth', maxJsonDepth),
  };
}
