import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Bytes of what a bundler makes of `contents` for a browser, compressed. Fails on any import of Node. */
async function bundled(contents: string, external: readonly string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    conditions: ['@llm-memory-graph/source'],
    external: [...external],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

const client = `export { RegistryClient } from './src/index.ts';`;
const everything = `export * from './src/index.ts';`;
const notOurs = ['zod', 'zod/*', 'ofetch', 'mitt', '@llm-memory-graph/resilience'];

// docs/benchmarks.md says what the parts weigh; zod, ofetch and resilience are two thirds of it.
describe('bundle', () => {
  it('the client is at most 12 KB of code of its own, contracts and http included', async () => {
    expect(await bundled(client, notOurs)).toBeLessThanOrEqual(12 * 1024);
  });

  it('the client is at most 34 KB with zod, ofetch and resilience in it', async () => {
    expect(await bundled(client)).toBeLessThanOrEqual(34 * 1024);
  });

  it('usage buffer and trackFetch add at most 6 KB to it', async () => {
    expect((await bundled(everything)) - (await bundled(client))).toBeLessThanOrEqual(6 * 1024);
  });

  it('has no import of Node outside ./node', async () => {
    await bundled(`${everything} export * from './src/testing/index.ts';`);
    await expect(bundled(`export * from './src/node/index.ts';`)).rejects.toThrow(/node:/);
  });
});
