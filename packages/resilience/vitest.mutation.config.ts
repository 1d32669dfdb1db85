import { defineConfig } from 'vitest/config';

// Runs in a copy of the package, out of reach of the shared configuration. What starts processes, databases or
// bundlers says little about a mutant and takes most of the time; so does the long walk of the model.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      'test/breaker-model.test.ts',
      'test/process.test.ts',
      'test/stores.test.ts',
      'test/bundle.test.ts',
      'test/readme.test.ts',
    ],
  },
});
