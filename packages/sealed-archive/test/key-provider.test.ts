import { expect, it } from 'vitest';

import { belongsTo, type KeyProvider, open, seal, sealSync } from '../src/index.ts';
import { codeOf } from './code-of.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const content = new TextEncoder().encode('{}');

/** Data keys in a table outside the archive, which names only the row: erasing the row erases the archive. */
function keyTable(): KeyProvider & { rows: Map<string, Uint8Array> } {
  const rows = new Map<string, Uint8Array>();
  return {
    rows,
    wrap(dataKey, { archiveId }) {
      rows.set(archiveId, Uint8Array.from(dataKey));
      return [{ keyId: 'table', wrapped: new TextEncoder().encode(archiveId) }];
    },
    unwrap: (_wrapped, { archiveId }) => rows.get(archiveId) ?? new Uint8Array(),
  };
}

it('V5 data keys can live outside the archive; without its row an archive never opens again', async () => {
  const keys = keyTable();
  const { bytes } = await seal(content, { context, keys });
  expect(await open(bytes, { context, keys })).toEqual(content);
  expect(await open(bytes, { context, keys }), 'the key in the table is not wiped').toEqual(content);
  keys.rows.clear();
  expect(await codeOf(() => open(bytes, { context, keys }))).toBe('wrong_key');
});

it('takes promises that are not of this realm, and spoils nothing when the provider writes into what it got', async () => {
  const table = keyTable();
  const thenable = <T>(value: T): Promise<T> =>
    ({ then: (resolve: (value: T) => unknown) => resolve(value) }) as unknown as Promise<T>;
  const keys: KeyProvider = {
    wrap(dataKey, where) {
      const wrapped = table.wrap(dataKey, where);
      dataKey.fill(7);
      return thenable(wrapped as never);
    },
    unwrap: (wrapped, where) => thenable(table.unwrap(wrapped, where) as Uint8Array),
  };
  const { bytes } = await seal(content, { context, keys });
  expect(await open(bytes, { context, keys })).toEqual(content);
  expect(await codeOf(() => sealSync(content, { context, keys }))).toBe('invalid_options');
});

it.each([
  ['nothing', []],
  ['too many keys', Array.from({ length: 33 }, (_, at) => ({ keyId: `k${at}`, wrapped: new Uint8Array(1) }))],
  ['an empty key id', [{ keyId: '', wrapped: new Uint8Array(1) }]],
  ['an empty wrapped key', [{ keyId: 'k', wrapped: new Uint8Array() }]],
  ['an overlong wrapped key', [{ keyId: 'k', wrapped: new Uint8Array(4097) }]],
])('refuses a provider that wraps %s', async (_name, wrapped) => {
  const keys: KeyProvider = { wrap: () => wrapped, unwrap: () => new Uint8Array(32) };
  expect(await codeOf(() => seal(content, { context, keys }))).toBe('invalid_options');
});

it('gives what a provider throws as key_unavailable, with its cause', async () => {
  const cause = new Error('the key service is down');
  const failing = [() => Promise.reject(cause), (): never => { throw cause; }]; // prettier-ignore
  for (const fail of failing) {
    const keys: KeyProvider = { wrap: fail, unwrap: fail };
    await expect(seal(content, { context, keys })).rejects.toMatchObject({ code: 'key_unavailable', cause });
  }
});

it('V4 a keeper without keys can tell where an archive belongs', () => {
  const { bytes } = sealSync(content, { context, keys: keyTable() });
  expect(belongsTo(bytes, context)).toBe(true);
  expect(belongsTo(bytes, { ...context, sessionId: 's-2' })).toBe(false);
});
