import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { archiveIdentity } from './archive-identity.ts';

const bytes = new TextEncoder().encode('{}');

it('is the hash of session, version and content, and a UUIDv8 of it', async () => {
  const content = createHash('sha256').update('{}').digest('hex');
  const key = createHash('sha256').update(`s:2:${content}`).digest('hex');
  const identity = await archiveIdentity('s', 2, bytes);
  expect(identity.contentSha256).toBe(content);
  expect(identity.idempotencyKey).toBe(key);
  expect(identity.archiveId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(identity.archiveId.slice(0, 13)).toBe(`${key.slice(0, 8)}-${key.slice(8, 12)}`);
});

it('differs by session, by version and by content', async () => {
  const identities = await Promise.all([
    archiveIdentity('s', 1, bytes),
    archiveIdentity('t', 1, bytes),
    archiveIdentity('s', 2, bytes),
    archiveIdentity('s', 1, new Uint8Array()),
    archiveIdentity('s', 1, bytes),
  ]);
  expect(new Set(identities.map(({ archiveId }) => archiveId)).size).toBe(4);
});
