/** Bounds on resumable uploads. */
export interface UploadLimits {
  /** Largest archive, in bytes. @default 64 GiB */
  readonly maxBytes?: number;
  /** Most uploads of one tenant that are not completed. @default 64 */
  readonly maxOpen?: number;
  /** How long an upload is kept after its last byte arrived, in ms. @default 24 hours */
  readonly expireAfterMs?: number;
  /** Bytes that are made durable at a time: what a kill can cost at most, and what an upload takes in memory. @default 4 MiB */
  readonly syncBytes?: number;
}

export type ResolvedUploadLimits = Required<UploadLimits>;

/** @throws {RangeError} naming option and value */
export function resolveUploadLimits(limits: UploadLimits = {}): ResolvedUploadLimits {
  const resolved = {
    maxBytes: 64 * 2 ** 30,
    maxOpen: 64,
    expireAfterMs: 24 * 3_600_000,
    syncBytes: 4 * 2 ** 20,
    ...limits,
  };
  for (const [name, value] of Object.entries(resolved))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`uploads.${name} must be an integer >= 1, got ${value}`);
  return resolved;
}
