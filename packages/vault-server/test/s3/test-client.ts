import { S3Client } from '@aws-sdk/client-s3';

import { fakeBucketName, type FakeS3 } from './fake-s3.ts';

/** A client of the fake that does not wait between its three tries. */
export function clientOf({ endpoint, credentials }: Pick<FakeS3, 'endpoint' | 'credentials'>): S3Client {
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, retryStrategy: impatient });
}

const maxTries = 3;

/** Three tries at once: tests do not wait. */
const impatient = {
  mode: 'standard',
  acquireInitialRetryToken: () => Promise.resolve(tokenOf(0)),
  refreshRetryTokenForRetry: (token: { getRetryCount(): number }) => {
    const next = token.getRetryCount() + 1;
    return next < maxTries ? Promise.resolve(tokenOf(next)) : Promise.reject(new Error('no more tries'));
  },
  recordSuccess: () => undefined,
};

function tokenOf(count: number): { getRetryCount(): number; getRetryDelay(): number } {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

export { fakeBucketName };
