import { MemoryGraphError } from '../memory-graph-error.ts';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const busy = 5;
const locked = 6;
const constraint = 19;
const corrupt = 11;
const notADatabase = 26;

function primaryCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** True when SQLite refused a statement because of a UNIQUE constraint or the like. */
export function isConstraintFailure(error: unknown): boolean {
  return error instanceof Error && primaryCode(error) === constraint;
}

/** True when the file's bytes are not those of a SQLite database. */
export function isNotADatabase(error: unknown): boolean {
  const code = error instanceof Error ? primaryCode(error) : undefined;
  return code === notADatabase || code === corrupt;
}

/** Turns a failure of SQLite into ours; anything else passes unchanged. */
export function fromSqlite(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = primaryCode(error);
  if (code === undefined) return error;
  if (code === busy || code === locked) {
    return new MemoryGraphError('busy', 'The graph file is held by another process', { cause: error });
  }
  return new MemoryGraphError('storage', `SQLite failed: ${error.message}`, { cause: error });
}
