import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Spool } from '../stream/spool.ts';

/** Options of {@link fileSpool}. */
export interface FileSpoolOptions {
  /** Where the files are; made when absent, readable by its owner only. */
  readonly folder: string;
}

/**
 * Spools to files. Processes that share the folder can go on with each other's uploads.
 *
 * @example
 * await vault.archiveStream(source, { sessionId }, { spool: fileSpool({ folder: 'spool' }), onToken: save });
 */
export function fileSpool({ folder }: FileSpoolOptions): Spool {
  const pathOf = (name: string): string => join(folder, `${name}.sealed`);
  return {
    async write(name, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(pathOf(name), 'wx', 0o600);
      try {
        for await (const piece of bytes) await writeAll(file, piece);
        await file.sync();
      } catch (error) {
        await rm(pathOf(name), { force: true });
        throw error;
      } finally {
        await file.close();
      }
      const directory = await open(folder, 'r');
      await directory.sync().finally(() => directory.close());
    },
    async read(name, start, end) {
      const file = await open(pathOf(name), 'r');
      try {
        const bytes = new Uint8Array(end - start);
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) throw new Error(`the spooled bytes end at ${String(start + at)}, not at ${String(end)}`);
          at += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}
