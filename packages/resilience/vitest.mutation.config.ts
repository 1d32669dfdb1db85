import { tests } from '../../vitest.shared.ts';

// What starts processes, databases or bundlers says little about a mutant and takes most of the time.
export default tests({
  exclude: ['test/process.test.ts', 'test/stores.test.ts', 'test/bundle.test.ts', 'test/readme.test.ts'],
  reporters: ['default'],
});
