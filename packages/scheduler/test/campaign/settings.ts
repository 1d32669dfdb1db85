import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchedulerConfig } from '../../src/index.ts';

export const vaultKey = 'campaign';

/** The sealing key of a campaign, kept beside its files. */
export function keyOf(directory: string): Buffer {
  return readFileSync(join(directory, 'key'));
}

export const campaignConfig = {
  archiveAfterDays: 1,
  batchSize: 8,
  leaseMs: 1000,
  retryDelayMs: 20,
  maxRetryDelayMs: 200,
  maxAttempts: 5,
  verifyContent: true,
} satisfies SchedulerConfig;
