/**
 * The port to whatever holds sealed bytes until the vault has them, so that another process can go on sending exactly
 * these. It never sees content, and no key.
 */
export interface Spool {
  /** Keeps all bytes under `name`, durably, or none of them when the source fails. */
  write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes from `start` to before `end`. Rejects when they are not there. */
  read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Forgets them; nothing happens when they are gone. */
  remove(name: string): Promise<void>;
}
