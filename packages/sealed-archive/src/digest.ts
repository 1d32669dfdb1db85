import { hash } from 'node:crypto';

/**
 * The digest of sealed bytes, as it stands in receipts: `sha256:` and 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * digestOf(new Uint8Array()); // 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
 * ```
 */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}
