import { build } from 'esbuild';
import { fork, type ChildProcess } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Starts a script as an application runs it: built, in one file. From its sources, Node's TypeScript loader alone would
 * be some 40 MiB of what is measured.
 */
export async function startBuilt(script: URL, args: readonly string[], folder: string): Promise<ChildProcess> {
  const path = fileURLToPath(script);
  const outfile = join(folder, `${basename(path, '.ts')}.mjs`);
  await build({
    entryPoints: [path],
    outfile,
    conditions: ['@llm-memory-graph/source'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'silent',
    // What is CommonJS asks for the modules of Node by `require`.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
  });
  return fork(outfile, args, { execArgv: [] });
}
