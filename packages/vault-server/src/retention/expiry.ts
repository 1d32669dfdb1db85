const dayMs = 86_400_000;

/**
 * When an archive's retention ends. It is counted from when the vault stored it, by the vault's own clock: a client's
 * clock can neither shorten nor stretch it.
 */
export function expiryOf(storedAt: Date, retentionDays: number): Date {
  return new Date(storedAt.getTime() + retentionDays * dayMs);
}
