import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Case } from '../harness/suite.ts';

const resolveDir = fileURLToPath(new URL('../..', import.meta.url));

/** Bytes of what a bundler makes of `contents` for a browser, minified and compressed. */
async function weigh(contents: string, external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
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

/** A case that is a bundle, without what is in `external`. */
export function weighed(
  { name, ...kind }: Pick<Case, 'name' | 'ours' | 'floor'>,
  contents: string,
  external: readonly string[] = [],
): Case {
  return {
    name,
    ...kind,
    setup: () => ({
      kind: 'sample',
      // One process of the two that a case has is enough.
      sample: async () => (process.argv[5] === 'memory' ? {} : { bytes: await weigh(contents, external) }),
    }),
  };
}
