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

const client = `export { VaultClient } from './src/index.ts';`;
const everything = `export * from './src/index.ts';`;
const foreign = ['zod', 'zod/*', 'ofetch', 'mitt', '@llm-memory-graph/resilience'];
const ours = ['@llm-memory-graph/http', '@llm-memory-graph/contracts'];

// The README says what the parts weigh.
describe('bundle', () => {
  it('the client is at most 12 KB of code of its own', async () => {
    expect(await bundled(client, [...foreign, ...ours])).toBeLessThanOrEqual(12 * 1024);
  });

  it('the client is at most 20 KB with contracts and http in it, 41 KB with all they need', async () => {
    expect(await bundled(client, foreign)).toBeLessThanOrEqual(20 * 1024);
    expect(await bundled(client)).toBeLessThanOrEqual(41 * 1024);
  });

  it('several regions add at most 8 KB to it', async () => {
    expect((await bundled(everything)) - (await bundled(client))).toBeLessThanOrEqual(8 * 1024);
  });

  it('has no import of Node outside ./node', async () => {
    await bundled(`${everything} export * from './src/testing/index.ts';`);
    await expect(bundled(`export * from './src/node/index.ts';`)).rejects.toThrow(/node:/);
  });
});
