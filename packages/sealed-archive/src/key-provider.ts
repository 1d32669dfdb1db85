import { type ArchiveContext } from './archive-context.ts';

/** A data key, encrypted for one named key-encryption key. */
export interface WrappedKey {
  /** The name of the key-encryption key: 1 to 255 bytes of UTF-8. It stands in the archive in clear. */
  readonly keyId: string;
  /** The encrypted data key: 1 to 4096 bytes that only the provider understands. */
  readonly wrapped: Uint8Array;
}

/**
 * The port to whatever keeps the key-encryption keys. Every archive has a fresh 32-byte data key; the provider wraps
 * it for one or several recipients and unwraps it again, both bound to the archive's context.
 *
 * A provider that answers without a promise keeps sealing and opening free of event-loop turns.
 */
export interface KeyProvider {
  /** Wraps a data key for 1 to 32 recipients. `dataKey` is wiped when it answers: copy what is to be kept. */
  wrap(dataKey: Uint8Array, context: ArchiveContext): WrappedKey[] | Promise<WrappedKey[]>;
  /**
   * Finds a wrapped key it can open, and opens it. What it gives is copied and stays its own.
   *
   * @throws ArchiveError `unknown_key` when it holds none of the named keys, `wrong_key` when a key of that name does
   * not open it, `key_unavailable` when the keys could not be reached.
   */
  unwrap(wrapped: readonly WrappedKey[], context: ArchiveContext): Uint8Array | Promise<Uint8Array>;
}
