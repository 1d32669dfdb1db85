import { expect, it } from 'vitest';

import { cloudKmsKeys, generateKey, inspect, localKeyRing, open, rewrap, seal, sealSync } from '../src/index.ts';
import { codeOf } from './code-of.ts';
import { fakeCloudKms } from './fake-cloud-kms.ts';

const eu = 'projects/acme/locations/eu/keyRings/vault/cryptoKeys/sessions';
const us = 'projects/acme/locations/us/keyRings/vault/cryptoKeys/sessions';
const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const content = new TextEncoder().encode('{"messages":[]}');
const accessToken = () => 'token';

it('V3 wraps for a key of each region, and either opens', async () => {
  await using kms = await fakeCloudKms('token', [eu, us]);
  const both = cloudKmsKeys({ keyNames: [eu, us], accessToken, endpoint: kms.endpoint });
  const { bytes } = await seal(content, { context, keys: both });
  expect(inspect(bytes).keyIds).toEqual([eu, us]);
  for (const keyName of [eu, us]) {
    const one = cloudKmsKeys({ keyNames: [keyName], accessToken, endpoint: kms.endpoint });
    expect(await open(bytes, { context, keys: one })).toEqual(content);
  }
  expect(kms.calls).toEqual([`encrypt ${eu}`, `encrypt ${us}`, `decrypt ${eu}`, `decrypt ${us}`]);
});

it('opens by the next region when one is down, and says so when all are', async () => {
  await using kms = await fakeCloudKms('token', [eu, us]);
  const keys = cloudKmsKeys({ keyNames: [eu, us], accessToken, endpoint: kms.endpoint });
  const { bytes } = await seal(content, { context, keys });
  kms.faults.set(eu, 503);
  expect(await open(bytes, { context, keys })).toEqual(content);
  kms.faults.set(us, 403);
  expect(await codeOf(() => open(bytes, { context, keys }))).toBe('key_unavailable');
});

it('V4 binds the context: another one does not unwrap', async () => {
  await using kms = await fakeCloudKms('token', [eu]);
  const keys = cloudKmsKeys({ keyNames: [eu], accessToken, endpoint: kms.endpoint });
  const wrapped = await keys.wrap(generateKey(), context);
  expect(await codeOf(() => keys.unwrap(wrapped, { ...context, tenant: 'other' }))).toBe('wrong_key');
});

it.each([401, 429, 500, 'garbled', 'hang'] as const)(
  'does not seal or open when the service answers %s',
  async (fault) => {
    await using kms = await fakeCloudKms(fault === 401 ? 'other' : 'token', [eu]);
    if (fault !== 401) kms.faults.set(eu, fault);
    const keys = cloudKmsKeys({ keyNames: [eu], accessToken, endpoint: kms.endpoint, timeoutMs: 50 });
    expect(await codeOf(() => seal(content, { context, keys }))).toBe('key_unavailable');
  },
);

it('moves an archive from local keys into the service', async () => {
  await using kms = await fakeCloudKms('token', [eu]);
  const local = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
  const keys = cloudKmsKeys({ keyNames: [eu], accessToken, endpoint: kms.endpoint });
  const { bytes } = await rewrap(sealSync(content, { context, keys: local }).bytes, { context, from: local, to: keys });
  expect(await open(bytes, { context, keys })).toEqual(content);
  expect(await codeOf(() => open(bytes, { context, keys: local }))).toBe('unknown_key');
});

it('refuses wrong options, and synchronous use', async () => {
  expect(await codeOf(() => cloudKmsKeys({ keyNames: [], accessToken }))).toBe('invalid_options');
  expect(await codeOf(() => cloudKmsKeys({ keyNames: ['k'], accessToken }))).toBe('invalid_options');
  expect(await codeOf(() => cloudKmsKeys({ keyNames: [eu], accessToken, timeoutMs: 0 }))).toBe('invalid_options');
  expect(await codeOf(() => cloudKmsKeys({ keyNames: [eu], accessToken, endpoint: 'kms' }))).toBe('invalid_options');
  const keys = cloudKmsKeys({ keyNames: [eu], accessToken: () => Promise.reject(new Error('no token')) });
  expect(await codeOf(() => sealSync(content, { context, keys }))).toBe('invalid_options');
  expect(await codeOf(() => seal(content, { context, keys }))).toBe('key_unavailable');
});
