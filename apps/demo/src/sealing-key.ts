import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey, localKeyRing, type KeyProvider } from '@llm-memory-graph/sealed-archive';
import { createOnce } from '@llm-memory-graph/service/node';
import { UsageError } from './usage-error.ts';

const hexKey = /^[0-9a-f]{64}$/i;

/** The key that opens the archives, and whether it ends with this process. */
export interface SealingKey {
  readonly provider: KeyProvider;
  readonly lost: boolean;
}

function ring(hex: string): KeyProvider {
  return localKeyRing({ keys: { demo: Buffer.from(hex, 'hex') }, primary: 'demo' });
}

/**
 * The key of `SEALING_KEY`, of the data folder (made there on the first run, readable by the owner only), or one that
 * ends with this process.
 *
 * @throws {UsageError} naming the variable or file, never its content
 */
export function sealingKey(env: Readonly<Record<string, string | undefined>>, dataDir: string | undefined): SealingKey {
  const given = env['SEALING_KEY'];
  if (given) {
    if (!hexKey.test(given)) throw new UsageError('SEALING_KEY must be 64 hex digits (32 bytes)');
    return { provider: ring(given), lost: false };
  }
  if (dataDir === undefined) return { provider: ring(Buffer.from(generateKey()).toString('hex')), lost: true };
  const path = join(dataDir, 'sealing-key');
  createOnce(path, () => `${Buffer.from(generateKey()).toString('hex')}\n`);
  const kept = readFileSync(path, 'utf8').trim();
  if (!hexKey.test(kept)) throw new UsageError(`${path} does not hold a key of 64 hex digits`);
  return { provider: ring(kept), lost: false };
}
