import { tests } from '../../vitest.shared.ts';

// A browser on a loaded machine takes its time to start.
export default tests({ hookTimeout: 120_000 });
