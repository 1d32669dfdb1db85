import { createHash, timingSafeEqual } from 'node:crypto';

const openPaths = new Set(['/health', '/readyz', '/openapi.json', '/api/v1/capabilities']);
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Tells whether a service will know the key of a request. Faults act only behind the key, as in a real outage: who has
 * none learns that first.
 */
export function admission(key: string | undefined): (path: string, authorization: string | undefined) => boolean {
  if (key === undefined) return () => true;
  const expected = digestOf(key);
  return (path, authorization) =>
    openPaths.has(path) || timingSafeEqual(digestOf(authorization?.replace(/^Bearer +/i, '') ?? ''), expected);
}
