import {
  appendFileSync,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InvalidConfigError } from '@llm-memory-graph/http';
import type { QueuedBatch, QueuedReport, SpooledUsage, UsageSpool } from '../usage/usage-spool.ts';
import { batchLine, readSpool, reportLine, settledLine } from './spool-lines.ts';
import { lockSpool } from './spool-lock.ts';

const sync = promisify(fdatasync);
const compactAbove = 1024 * 1024;

/** Options of {@link fileSpool}. */
export interface FileSpoolOptions {
  /** The file; one process at a time. Its folder must exist. */
  readonly path: string;
  /**
   * When what is written is forced to the disk. Either way a report survives a kill of the process as soon as `track`
   * returned; `always` makes it survive a power failure too, `soon` leaves some milliseconds open.
   *
   * @default 'soon'
   */
  readonly sync?: 'soon' | 'always';
}

/**
 * Keeps usage reports in a file until the service has them. The next `UsageBuffer` on the same file delivers what a
 * killed process left, under the same report ids and idempotency keys, so that each report counts once.
 *
 * @throws {InvalidConfigError} when the file cannot be used, or another process uses it
 *
 * @example
 * await using usage = new UsageBuffer(registry, { spool: fileSpool({ path: 'usage.spool' }) });
 */
export function fileSpool({ path, sync: when = 'soon' }: FileSpoolOptions): UsageSpool {
  if (path === '') throw new InvalidConfigError('path of the spool is empty');
  // Whatever JavaScript passes.
  if (!['soon', 'always'].includes(when))
    throw new InvalidConfigError(`sync must be 'soon' or 'always', got ${JSON.stringify(when)}`);
  return new FileSpool(resolve(path), when === 'always');
}

class FileSpool implements UsageSpool {
  readonly #path: string;
  readonly #always: boolean;
  readonly #unlock: () => void;
  #file = -1;
  #size = 0;
  /** What is not settled, in the order it came, to write the file anew. */
  readonly #open = new Map<number, QueuedReport>();
  readonly #keys = new Map<number, string>();
  #openSize = 0;
  #dirty = false;
  #syncing: Promise<void> | undefined;

  constructor(path: string, always: boolean) {
    this.#path = path;
    this.#always = always;
    try {
      this.#unlock = lockSpool(path);
    } catch (error) {
      if (error instanceof InvalidConfigError) throw error;
      throw new InvalidConfigError(`the spool ${path} cannot be locked`, { cause: error });
    }
  }

  restore(): SpooledUsage {
    try {
      const found = readSpool(this.#read());
      for (const batch of found.batches) {
        for (const report of batch.reports) this.#hold(report);
        this.#bind(batch);
      }
      for (const report of found.reports) this.#hold(report);
      this.#rewrite();
      return found;
    } catch (error) {
      this.#unlock();
      throw new InvalidConfigError(`the spool ${this.#path} cannot be used`, { cause: error });
    }
  }

  add(report: QueuedReport): void {
    // Held only once it is written, so that a report which is not in the file is not brought back by a rewrite.
    this.#append(reportLine(report));
    this.#hold(report);
  }

  batch(batch: QueuedBatch): void {
    this.#bind(batch);
    this.#append(batchLine(batch));
  }

  settle(reports: readonly QueuedReport[]): void {
    for (const { seq } of reports) {
      this.#openSize -= this.#open.get(seq)?.text.length ?? 0;
      this.#open.delete(seq);
      this.#keys.delete(seq);
    }
    if (this.#open.size === 0) {
      ftruncateSync(this.#file, 0);
      this.#size = 0;
      this.#force();
      return;
    }
    this.#append(settledLine(reports));
    if (!this.#syncing) this.#compact();
  }

  async close(): Promise<void> {
    await this.#syncing;
    if (this.#file !== -1) {
      fsyncSync(this.#file);
      closeSync(this.#file);
      this.#file = -1;
    }
    this.#unlock();
  }

  #hold(report: QueuedReport): void {
    this.#open.set(report.seq, report);
    this.#openSize += report.text.length;
  }

  #bind({ key, reports }: QueuedBatch): void {
    for (const { seq } of reports) this.#keys.set(seq, key);
  }

  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }

  #append(line: string): void {
    try {
      appendFileSync(this.#file, line);
      this.#size += Buffer.byteLength(line);
    } catch (error) {
      // A line that was cut, by a full disk, would spoil the one after it.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#force();
  }

  #force(): void {
    if (this.#always) {
      fdatasyncSync(this.#file);
      return;
    }
    this.#dirty = true;
    this.#syncing ??= this.#syncAll();
  }

  async #syncAll(): Promise<void> {
    try {
      while (this.#dirty) {
        this.#dirty = false;
        await sync(this.#file);
        // Only here while traffic is steady: a file that is being synced cannot be replaced.
        this.#compact();
      }
    } catch {
      // The bytes are with the system; the next write, or `close`, asks again and reports what is wrong.
    } finally {
      this.#syncing = undefined;
    }
  }

  #compact(): void {
    if (this.#size > compactAbove + 4 * this.#openSize) this.#rewrite();
  }

  /** Replaces the file by one that holds only what is not settled. A kill in between leaves the old or the new one. */
  #rewrite(): void {
    const batches = new Map<string, QueuedReport[]>();
    for (const [seq, key] of this.#keys) {
      const report = this.#open.get(seq);
      if (report) batches.set(key, [...(batches.get(key) ?? []), report]);
    }
    const content = [
      ...[...this.#open.values()].map(reportLine),
      ...[...batches].map(([key, reports]) => batchLine({ key, reports })),
    ].join('');
    const next = `${this.#path}.next`;
    writeFileSync(next, content, { mode: 0o600, flush: true });
    renameSync(next, this.#path);
    syncFolder(dirname(this.#path));
    if (this.#file !== -1) closeSync(this.#file);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#size = Buffer.byteLength(content);
  }
}

function syncFolder(path: string): void {
  // Windows has no handle of a folder to sync.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
