import { gzipSync } from 'node:zlib';
import { runInNewContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function bundle(contents: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: 'resilience',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

describe('bundle', () => {
  it('retry + breaker + timeout are at most 8 KB, minified and compressed', async () => {
    const code = await bundle(`export { retry, circuitBreaker, timeout } from './src/index.ts';`);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(8_192);
  });

  it('has no import of Node outside ./node', async () => {
    // A bundle for browsers fails to build on any `node:` import.
    const code = await bundle(
      `export * from './src/index.ts'; export * from './src/testing/index.ts'; export * from './src/postgres/index.ts';`,
    );
    expect(code).not.toMatch(/["']node:/);
    await expect(bundle(`export * from './src/node/index.ts';`)).rejects.toThrow(/node:/);
  });

  it('works in a browser: no process, no Buffer, timers that are numbers', async () => {
    const code = await bundle(`export * from './src/index.ts';`, 'iife');
    const timers = new Map<number, NodeJS.Timeout>();
    const window = {
      performance: { now: () => performance.now() },
      setTimeout: (task: () => void, ms: number) => {
        timers.set(timers.size + 1, setTimeout(task, ms));
        return timers.size;
      },
      clearTimeout: (id: number) => clearTimeout(timers.get(id)),
      AbortController,
      DOMException,
    };
    const program = `${code};
      (async () => {
        const r = resilience;
        const policy = r.pipeline(r.fallback(() => 'fallback', { shouldHandle: r.isCircuitOpenError }), r.retry({ initialDelayMs: 1 }), r.circuitBreaker({ failureThreshold: 4 }), r.timeout(5));
        const log = [typeof process, typeof Buffer];
        log.push(await policy.execute(({ attempt }) => attempt === 1 ? Promise.reject('x') : 'ok'));
        log.push(await policy.execute(() => new Promise(() => {})).catch((error) => error.name));
        log.push(await policy.execute(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))).catch((error) => error.name));
        log.push(await policy.execute(() => 'refused'));
        return log.join();
      })()`;
    const result = await (runInNewContext(program, window) as Promise<string>);
    expect(result).toBe('undefined,undefined,ok,TimeoutError,fallback,fallback');
  });
});
