import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const pieceBytes = 256 * 1024;

/** Large content in one file each, beside the database that says which of them count. */
export interface ContentFiles {
  /** Makes an empty file; it is in its folder also after a power cut. */
  create(name: string): void;
  /** Writes `pieces` at `offset`, durable when it resolves. */
  write(name: string, offset: number, pieces: readonly Uint8Array[]): Promise<void>;
  /** Cuts off what was written behind `size` and never counted. */
  truncate(name: string, size: number): Promise<void>;
  read(name: string, start: number, end: number): AsyncGenerator<Uint8Array, void, void>;
  /** Overwrites the first `bytes` with zeros: the key that was there is now in the database only. */
  wipeHead(name: string, bytes: number): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes every file whose name is not wanted. */
  keepOnly(wanted: ReadonlySet<string>): void;
}

/** @param folder made when first needed; readable by its owner only */
export function contentFiles(folder: string): ContentFiles {
  const using = async <T>(name: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> => {
    const file = await open(join(folder, name), flags);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  };
  return {
    create: (name) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      closeSync(openSync(join(folder, name), 'w', 0o600));
      const directory = openSync(folder, 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
    },
    write: (name, offset, pieces) =>
      using(name, 'r+', async (file) => {
        let left = pieces;
        for (let at = offset; left.length > 0;) {
          const { bytesWritten } = await file.writev(left, at);
          at += bytesWritten;
          left = behind(left, bytesWritten);
        }
        await file.datasync();
      }),
    truncate: (name, size) =>
      using(name, 'r+', async (file) => {
        await file.truncate(size);
        await file.sync();
      }),
    async *read(name, start, end) {
      const file = await open(join(folder, name), 'r');
      try {
        for (let at = start; at < end;) {
          const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) throw new Error(`the content file ends at ${at}, not at ${end}`);
          yield buffer.subarray(0, bytesRead);
          at += bytesRead;
        }
      } finally {
        await file.close();
      }
    },
    wipeHead: (name, bytes) =>
      using(name, 'r+', async (file) => {
        await file.write(Buffer.alloc(bytes), 0, bytes, 0);
        await file.datasync();
      }),
    remove: (name) => rm(join(folder, name), { force: true }),
    keepOnly: (wanted) => {
      for (const name of filesIn(folder)) if (!wanted.has(name)) rmSync(join(folder, name));
    },
  };
}

/** A system may write fewer bytes than it was given. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(skip, piece.length));
    skip = Math.max(0, skip - piece.length);
    return rest.length > 0 ? [rest] : [];
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
