import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('./stream-through.ts', import.meta.url));

/** Peak resident bytes of a process that seals and opens a stream of this many MiB, digests compared. */
async function peakBytes(mebibytes: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(mebibytes)]);
  const { equal, peak } = JSON.parse(stdout) as { equal: boolean; peak: number };
  expect(equal).toBe(true);
  return peak;
}

it('V1 streams pass at flat memory: 448 MiB more content take no more than 64 MiB more', async () => {
  const [small, large] = [await peakBytes(64), await peakBytes(512)];
  expect(large - small).toBeLessThan(64 * 2 ** 20);
}, 120_000);
