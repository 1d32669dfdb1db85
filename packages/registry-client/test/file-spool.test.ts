import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionError, InvalidConfigError } from '@llm-memory-graph/http';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageBuffer, type QueuedReport, type UsageReceiver, type UsageSpool } from '../src/index.ts';
import { fileSpool } from '../src/node/index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  path = join(folder, 'usage.spool');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (id: string): string =>
  JSON.stringify({
    session_id: 's1',
    model_id: '',
    prompt_tokens: 1,
    completion_tokens: 1,
    total_tokens: 2,
    latency_ms: null,
    timestamp: '2026-01-01T00:00:00.000Z',
    report_id: id,
    metadata: {},
  });
const queued = (seq: number): QueuedReport => ({ seq, text: text(`r${String(seq)}`) });

/** Opens the spool, lets `work` use it, and leaves it as a kill would: the lock is given back, nothing is flushed. */
async function inSpool<T>(work: (spool: UsageSpool) => T | Promise<T>): Promise<T> {
  const spool = fileSpool({ path });
  try {
    return await work(spool);
  } finally {
    await spool.close();
  }
}

describe('fileSpool', () => {
  it('gives back what is not settled: batches under their keys, the rest in order', async () => {
    await inSpool((spool) => {
      expect(spool.restore()).toEqual({ batches: [], reports: [], unreadable: 0 });
      for (let seq = 0; seq < 6; seq++) spool.add(queued(seq));
      spool.batch({ key: 'k1', reports: [queued(0), queued(1)] });
      spool.batch({ key: 'k2', reports: [queued(2), queued(3)] });
      spool.settle([queued(0), queued(1)]);
    });
    const left = {
      batches: [{ key: 'k2', reports: [queued(2), queued(3)] }],
      reports: [queued(4), queued(5)],
      unreadable: 0,
    };
    expect(await inSpool((spool) => spool.restore())).toEqual(left);
    expect(await inSpool((spool) => spool.restore())).toEqual(left);
  });

  it('is empty once everything is settled', async () => {
    await inSpool((spool) => {
      spool.restore();
      spool.add(queued(0));
      spool.settle([queued(0)]);
    });
    expect((await stat(path)).size).toBe(0);
  });

  it('is for its owner alone', async () => {
    await inSpool((spool) => {
      spool.restore();
      spool.add(queued(0));
    });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it.each([1, 10, 100])('passes over a last line that was cut %i bytes before its end', async (cut) => {
    await inSpool((spool) => {
      spool.restore();
      spool.add(queued(0));
      spool.add(queued(1));
    });
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - cut));
    expect(await inSpool((spool) => spool.restore())).toEqual({ batches: [], reports: [queued(0)], unreadable: 1 });
  });

  it('passes over what makes no sense, and keeps all else', async () => {
    await inSpool((spool) => {
      spool.restore();
      spool.add(queued(0));
    });
    const nonsense = ['{"seq":9,"report":{"session_id":5}}', '{}', 'null', '{"key":"k","seqs":["x"]}', '\u0000'];
    await appendFile(path, `${nonsense.join('\n')}\n`);
    await inSpool((spool) => {
      expect(spool.restore()).toEqual({ batches: [], reports: [queued(0)], unreadable: nonsense.length });
      spool.add(queued(1));
    });
    expect((await inSpool((spool) => spool.restore())).reports).toEqual([queued(0), queued(1)]);
  });

  it('survives any cut: what comes back is always a prefix of what was written', async () => {
    await inSpool((spool) => {
      spool.restore();
      for (let seq = 0; seq < 3; seq++) spool.add(queued(seq));
      spool.batch({ key: 'k', reports: [queued(0), queued(1)] });
      spool.settle([queued(0)]);
    });
    const whole = await readFile(path);
    for (let length = 0; length <= whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      const found = await inSpool((spool) => spool.restore());
      const seqs = [...found.batches.flatMap(({ reports }) => reports), ...found.reports].map(({ seq }) => seq);
      expect(new Set(seqs).size).toBe(seqs.length);
      for (const seq of seqs) expect(seq).toBeLessThan(3);
    }
  });

  it('does not grow without end under steady traffic', async () => {
    await inSpool(async (spool) => {
      spool.restore();
      spool.add(queued(0));
      for (let seq = 1; seq < 12_000; seq++) {
        spool.add(queued(seq));
        spool.settle([queued(seq)]);
      }
      await vi.waitFor(async () => expect((await stat(path)).size).toBeLessThan(1024 * 1024), { timeout: 60_000 });
      spool.add(queued(12_000));
      spool.settle([queued(12_000)]);
    });
    expect((await inSpool((spool) => spool.restore())).reports).toEqual([queued(0)]);
  });

  it('sync: "always" keeps the same', async () => {
    const spool = fileSpool({ path, sync: 'always' });
    spool.restore();
    spool.add(queued(0));
    await spool.close();
    expect((await inSpool((again) => again.restore())).reports).toEqual([queued(0)]);
  });

  it('is used by one at a time; the lock of a process that is gone is taken over', async () => {
    const spool = fileSpool({ path });
    expect(() => fileSpool({ path })).toThrow(/in use in this process/);
    await spool.close();
    await writeFile(`${path}.lock`, String(process.ppid));
    expect(() => fileSpool({ path })).toThrow(`in use by process ${String(process.ppid)}`);
    // No process has this number: it is above what any system gives.
    await writeFile(`${path}.lock`, '999999999');
    await fileSpool({ path }).close();
    await writeFile(`${path}.lock`, 'nonsense');
    await fileSpool({ path }).close();
  });

  it.each<[string, () => { path: string; sync?: string }, RegExp]>([
    ['no path', () => ({ path: '' }), /path of the spool is empty/],
    ['another sync', () => ({ path, sync: 'never' }), /sync must be 'soon' or 'always', got "never"/],
    ['no folder', () => ({ path: join(folder, 'none', 'x') }), /cannot be locked/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => fileSpool(options() as never)).toThrow(InvalidConfigError);
    expect(() => fileSpool(options() as never)).toThrow(message);
  });

  it('refuses a folder in place of the file, and gives the lock back', async () => {
    await mkdir(path);
    for (let i = 0; i < 2; i++) expect(() => fileSpool({ path }).restore()).toThrow(/cannot be used/);
  });
});

describe('UsageBuffer with a spool', () => {
  const report = { sessionId: 's1', promptTokens: 1, completionTokens: 1 };
  const taking = (sent: (string | undefined)[][], fails = false): UsageReceiver => ({
    trackUsageBatch: (reports, options) => {
      sent.push([options?.idempotencyKey, ...reports.map(({ reportId }) => reportId)]);
      if (fails) return Promise.reject(new ConnectionError('down', { retryable: true }));
      return Promise.resolve({ accepted: reports.length, duplicates: 0, rejected: [] });
    },
    trackUsage: () => Promise.resolve(),
    healthCheck: () => Promise.resolve(),
  });

  it('H5: sends again under the same key after a restart, and says what it found', async () => {
    const [before, after]: [(string | undefined)[][], (string | undefined)[][]] = [[], []];
    const first = new UsageBuffer(taking(before, true), { spool: fileSpool({ path }), clock: new TestClock() });
    const dropped = vi.fn();
    first.on('dropped', dropped);
    for (let i = 0; i < 3; i++) first.track(report);
    await expect(first.close({ deadlineMs: 1 })).rejects.toThrow('down');
    expect(dropped).not.toHaveBeenCalled();
    await appendFile(path, 'cut');

    const second = new UsageBuffer(taking(after), { spool: fileSpool({ path }) });
    const restored = vi.fn();
    second.on('restored', restored);
    expect(second.pending).toBe(3);
    second.track(report);
    await second.close();
    expect(restored).toHaveBeenCalledExactlyOnceWith({ reports: 3, unreadable: 1 });
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toHaveLength(2);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('delivers from memory when the spool cannot be written, and says so', async () => {
    const sent: (string | undefined)[][] = [];
    const full = (): never => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const spool: UsageSpool = {
      restore: () => ({ batches: [], reports: [], unreadable: 0 }),
      add: full,
      batch: full,
      settle: full,
      close: () => Promise.resolve(),
    };
    const usage = new UsageBuffer(taking(sent), { spool });
    const failed = vi.fn();
    usage.on('spoolFailed', failed);
    expect(usage.track(report)).toBe(true);
    await usage.close();
    expect(sent).toHaveLength(1);
    expect(failed).toHaveBeenCalledTimes(3);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ error: { code: 'ENOSPC' } });
  });
});
