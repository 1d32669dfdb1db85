import { tests } from '../../vitest.shared.ts';

/** The long fault tests; their counts are not those of `pnpm test`. */
export default tests({ include: ['test/**/*.faults.ts'], reporters: ['verbose'], testTimeout: 1_800_000 });
