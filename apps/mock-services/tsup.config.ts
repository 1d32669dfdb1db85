import { library } from '../../tsup.shared.ts';

const options = library({ index: 'src/index.ts', vitest: 'src/vitest.ts', cli: 'src/cli.ts' });

// The console's files are found beside the code by `import.meta.url`, in CommonJS too.
export default Object.assign(options, { shims: true });
