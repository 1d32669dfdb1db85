/**
 * - `not_found`: no such session or node.
 * - `already_exists`: the id, or the sequence number in its session, is taken.
 * - `conflict`: the session is not in the version that the caller expects, or a different one is stored under its id.
 * - `invalid`: the input breaks a rule of the session document; the message names the field.
 * - `unsupported_file`: not a memory graph, or one written by a newer release.
 * - `busy`: another process held the file for longer than `busyTimeoutMs`.
 * - `storage`: SQLite could not read or write (disk full, I/O error, damaged file); see `cause`.
 * - `closed`: the graph was closed.
 */
export type MemoryGraphErrorCode =
  'not_found' | 'already_exists' | 'conflict' | 'invalid' | 'unsupported_file' | 'busy' | 'storage' | 'closed';

const brand: unique symbol = Symbol.for('@llm-memory-graph/memory-graph.error') as never;

/** Every error that this package creates. Its message never holds session content. */
export class MemoryGraphError extends Error {
  override readonly name = 'MemoryGraphError';
  readonly code: MemoryGraphErrorCode;

  constructor(code: MemoryGraphErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get [brand](): true {
    return true;
  }
}

/** @returns whether any copy of this package created `error`. */
export function isMemoryGraphError(error: unknown): error is MemoryGraphError {
  return typeof error === 'object' && error !== null && (error as { readonly [brand]?: true })[brand] === true;
}
