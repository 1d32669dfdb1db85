import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedSessions } from './sessions.ts';

/** How many sessions a round archives; `BENCH_SESSIONS` changes it. */
export const sessionCount = Number(process.env['BENCH_SESSIONS'] ?? 16_000);

/** A folder that is gone when the process is. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-vault-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SessionFiles {
  readonly folder: string;
  readonly paths: readonly string[];
}

/** Each session as a file, 256 to a folder. */
export function sessionFiles(): SessionFiles {
  const folder = scratchFolder();
  const { bytes } = recordedSessions();
  const paths = Array.from({ length: sessionCount }, (_, index) => {
    const part = join(folder, String(index >> 8));
    if (index % 256 === 0) mkdirSync(part);
    const path = join(part, `${index}.json`);
    writeFileSync(path, bytes(index));
    return path;
  });
  return { folder, paths };
}
