import { defineConfig, type Options } from 'tsup';

/** The build of every library: ESM, CJS and types, one bundle per entry. */
export function library(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    // `import.meta.url` in CJS too.
    shims: true,
    target: 'node22',
    // tsup drops `node:` by default, which breaks `node:sqlite` and friends that exist only with the prefix.
    removeNodeProtocol: false,
  } satisfies Options);
}

/** The build of every app: ESM for the Node that the workspace pins. */
export function app(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    dts: false,
    clean: true,
    sourcemap: true,
    target: 'node24',
    removeNodeProtocol: false,
  } satisfies Options);
}
