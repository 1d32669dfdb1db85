import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import * as z from 'zod';

const exchange = z.strictObject({
  service: z.enum(['registry', 'vault']),
  method: z.string(),
  /** Path and query. */
  target: z.string(),
  /** SHA-256 of the request's body, hex. */
  request_sha256: z.string(),
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  /** Of the answer, base64. */
  body: z.string(),
});

/** One request and its answer, a line of a cassette. */
export type Exchange = z.output<typeof exchange>;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Opens a file for new lines. Answers hold what the services hold, so only its owner can read it.
 *
 * @throws {Error} of the file system
 */
export function cassetteWriter(path: string): (line: Exchange) => void {
  closeSync(openSync(path, 'a', 0o600));
  return (line) => appendFileSync(path, `${JSON.stringify(line)}\n`);
}

/** @throws {Error} naming the line, never what it holds */
export function readCassette(path: string): Exchange[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [exchange.parse(JSON.parse(line))];
    } catch {
      // The cause may quote the line, so it is not passed on.
      throw new Error(`line ${String(i + 1)} is no recorded exchange`);
    }
  });
}
