import { defineConfig } from 'vitest/config';

// Runs in a copy of the package, out of reach of the shared configuration. What starts processes, databases or
// bundlers says little about a mutant and takes most of the time.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/process.test.ts', 'test/stores.test.ts', 'test/bundle.test.ts', 'test/readme.test.ts'],
  },
});
