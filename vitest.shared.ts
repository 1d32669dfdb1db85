import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const source = '@llm-memory-graph/source';

/** `TEST_REPORT` keeps the reports of several runs of the same tests apart. */
const report = process.env['TEST_REPORT'] ?? 'report';

/**
 * One configuration for every package: workspace packages resolve to each other's `src` (no build needed), and the
 * counts are written where `scripts/count-tests.ts` adds them up.
 */
export function tests(overrides: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: [source] },
    ssr: { resolve: { conditions: [source, 'node', 'development|production'] } },
    test: {
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      reporters: ['default', ['json', { outputFile: `.vitest/${report}.json` }]],
      testTimeout: 120_000,
      // Programs that tests start from source find there what those before them compiled: half of the time of a start.
      env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
      ...overrides,
    },
  });
}
