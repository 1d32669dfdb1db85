import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** What a bundler makes of `contents` for a browser, workspace packages from source. Fails on any import of Node. */
export async function browserBundle(
  contents: string,
  { external = [], format = 'esm' }: { external?: readonly string[]; format?: 'esm' | 'iife' } = {},
): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    conditions: ['@llm-memory-graph/source'],
    external: [...external],
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: 'bundled',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** Bytes of a bundle as it travels. */
export function gzipped(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}
