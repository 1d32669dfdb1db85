import { tests } from '../../vitest.shared.ts';

// Runs the suites of the scale-out store against a real server, named by S3_ENDPOINT; not part of `pnpm test`.
export default tests({ include: ['test/s3/real-s3.ts'], reporters: ['default'] });
