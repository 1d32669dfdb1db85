import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../src/index.ts', import.meta.url));

/** Runs a program that imports this package, until it ends by itself. */
async function run(program: string): Promise<{ code: number | null; out: string }> {
  const source = `import * as r from ${JSON.stringify(root)};\n${program}`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out: out.trim() };
}

// Were a timer of an hour to keep a process alive, the test would run into its own time limit.
describe('T4 timers in a real process', () => {
  it('T4 idle ones do not keep it alive', async () => {
    const result = await run(`
      const policy = r.pipeline(r.retry(), r.circuitBreaker({ failureThreshold: 1, openDurationMs: 3_600_000 }), r.timeout(3_600_000));
      console.log(await policy.execute(() => Promise.resolve('done'), { deadlineMs: 3_600_000 }));
      await policy.execute(() => Promise.reject(new Error('x'))).catch(() => console.log('open'));
      const limiter = r.rateLimiter({ limit: 1, intervalMs: 3_600_000 });
      await limiter.execute(() => 1);
      await r.persistBreaker(r.circuitBreaker(), { store: r.memoryBreakerStore(), key: 'k', refreshMs: 3_600_000 });
    `);
    expect(result).toEqual({ code: 0, out: 'done\nopen' });
  });

  it('T4 those of calls in flight do', async () => {
    const result = await run(`
      r.timeout(20).execute(() => new Promise(() => {})).catch((error) => console.log(error.code));
      r.retry({ maxAttempts: 2, initialDelayMs: 20, jitter: 'none' }).execute(({ attempt }) => { if (attempt === 1) throw 0; return 'retried'; }).then(console.log);
      r.pipeline().execute(() => new Promise(() => {}), { deadlineMs: 60 }).catch((error) => console.log(error.scope));
    `);
    expect(result.code).toBe(0);
    expect(result.out.split('\n').toSorted()).toEqual(['deadline', 'retried', 'timeout']);
  });

  it('T4 a call keeps it alive again after the last one let it go', async () => {
    const result = await run(`
      const limit = r.timeout(30);
      await limit.execute(() => Promise.resolve());
      limit.execute(() => new Promise(() => {})).catch((error) => console.log(error.code));
    `);
    expect(result).toEqual({ code: 0, out: 'timeout' });
  });

  it('T2 nothing of a settled call is held: operations can be collected', async () => {
    const result = await run(`
      const { signal } = new AbortController();
      const policy = r.pipeline(r.retry(), r.circuitBreaker(), r.timeout(3_600_000));
      const refs = [];
      for (let i = 0; i < 10_000; i += 1) {
        const operation = (context) => Promise.resolve(context.signal.aborted);
        refs.push(new WeakRef(operation));
        await policy.execute(operation, { signal, deadlineMs: 3_600_000 });
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
      globalThis.gc();
      console.log(refs.filter((ref) => ref.deref() !== undefined).length <= 2);
    `);
    expect(result).toEqual({ code: 0, out: 'true' });
  });

  it('waits longer than the longest timer of the platform', async () => {
    const result = await run(`
      const cancel = r.systemClock.setTimer(2 ** 40, () => console.log('too early'));
      setTimeout(() => { cancel(); console.log('still waiting'); }, 20);
    `);
    expect(result).toEqual({ code: 0, out: 'still waiting' });
  });
});
