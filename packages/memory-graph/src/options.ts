import { MemoryGraphError } from './memory-graph-error.ts';

/** Options of `MemoryGraph.open`. */
export interface MemoryGraphOptions {
  /** The file, created when absent; `:memory:` for a graph that ends with the process. */
  readonly path: string;
  /**
   * The wall clock, in milliseconds since the epoch. Edits are stamped with it and leases expire by it.
   * @default the system's
   */
  readonly clock?: { now(): number };
  /**
   * How long a call waits for another process that writes to the same file, in milliseconds.
   * @default 5000
   */
  readonly busyTimeoutMs?: number;
  /**
   * For fault tests: called inside the transactions of `markArchived` and `prune`; a throw rolls it back.
   * @default does nothing
   */
  readonly failpoint?: (name: 'inside-mark' | 'mid-prune') => void;
}

/** What the graph runs on. */
export type MemoryGraphSettings = Required<MemoryGraphOptions>;

/** @throws {MemoryGraphError} `invalid`, naming option and value */
export function settingsOf(options: MemoryGraphOptions): MemoryGraphSettings {
  const { path, clock = { now: () => Date.now() }, busyTimeoutMs = 5000, failpoint = () => undefined } = options;
  if (typeof path !== 'string' || path === '') {
    throw new MemoryGraphError('invalid', `\`path\` must be a file name or ":memory:", got ${JSON.stringify(path)}`);
  }
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 0x7fffffff) {
    throw new MemoryGraphError(
      'invalid',
      `\`busyTimeoutMs\` must be an integer between 0 and 2147483647, got ${busyTimeoutMs}`,
    );
  }
  return { path, clock, busyTimeoutMs, failpoint };
}
