import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { InvalidConfigError } from '@llm-memory-graph/http';

const heldHere = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Processes of other users may not be signalled, but they are there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process that holds the lock, when it still runs. After a restart in a container our own number may be there. */
function holder(lock: string): number | undefined {
  const pid = Number(readFileSync(lock, 'utf8'));
  return Number.isSafeInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

/**
 * Makes this process the only one that works with `path`. A lock that a killed process left behind is taken over.
 *
 * @returns gives it back
 * @throws {InvalidConfigError} when another one has it
 */
export function lockSpool(path: string): () => void {
  const lock = `${path}.lock`;
  if (heldHere.has(path)) throw new InvalidConfigError(`the spool ${path} is in use in this process`);
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const pid = holder(lock);
    if (pid !== undefined) throw new InvalidConfigError(`the spool ${path} is in use by process ${String(pid)}`);
    writeFileSync(lock, String(process.pid), { mode: 0o600 });
  }
  heldHere.add(path);
  return () => {
    heldHere.delete(path);
    rmSync(lock, { force: true });
  };
}
