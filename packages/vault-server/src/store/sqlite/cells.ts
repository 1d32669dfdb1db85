import { hash } from 'node:crypto';
import { type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const sha256 = /^sha256:[\da-f]{64}$/;

/** An id as it stands in a column: a UUID in its 16 bytes, which keeps rows and indexes small, anything else as text. */
export function idCell(id: string): SQLInputValue {
  return uuid.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id;
}

export function idOf(cell: SQLOutputValue): string {
  if (typeof cell === 'string') return cell;
  const hex = hexOf(cell);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A digest `sha256:<hex>` in its 32 bytes, anything else as text. */
export function digestCell(digest: string): SQLInputValue {
  return sha256.test(digest) ? Buffer.from(digest.slice('sha256:'.length), 'hex') : digest;
}

export function digestOf(cell: SQLOutputValue): string {
  return typeof cell === 'string' ? cell : `sha256:${hexOf(cell)}`;
}

/** A label in 16 bytes of its SHA-256: it is only looked up, and so the index holds nothing that a user wrote. */
export function labelCell(label: string): SQLInputValue {
  return hash('sha256', label, 'buffer').subarray(0, 16);
}

export function hexOf(cell: SQLOutputValue): string {
  const { buffer, byteOffset, byteLength } = cell as Uint8Array<ArrayBuffer>;
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}
