import { describe, expect, it } from 'vitest';

import { codeOf } from '../test/code-of.ts';
import { generateKey, localKeyRing } from './local-key-ring.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };

describe('construction', () => {
  it.each([
    ['a short key', { keys: { k: new Uint8Array(16).fill(0xab) }, primary: 'k' }, /the key "k" must be .* 32 bytes/],
    ['a key as text', { keys: { k: 'ab'.repeat(32) as never }, primary: 'k' }, /the key "k"/],
    ['a primary that is missing', { keys: { k: generateKey() }, primary: 'p' }, /`primary` names no key: "p"/],
    ['an unknown recipient', { keys: { k: generateKey() }, primary: 'k', recipients: ['k', 'r'] }, /"r"/],
    [
      'recipients without the primary',
      { keys: { k: generateKey(), l: generateKey() }, primary: 'k', recipients: ['l'] },
      /"k"/,
    ],
    ['an empty key id', { keys: { '': generateKey() }, primary: '' }, /a key id must be 1 to 255 bytes/],
    ['an overlong key id', { keys: { ['k'.repeat(256)]: generateKey() }, primary: 'k' }, /a key id must be/],
  ])('fails for %s, without the bytes of any key', (_name, options, message) => {
    expect(() => localKeyRing(options)).toThrow(message);
    expect(() => localKeyRing(options)).not.toThrow(/abab|171/);
  });

  it('keeps a copy of the keys', () => {
    const key = generateKey();
    const ring = localKeyRing({ keys: { k: key }, primary: 'k' });
    const dataKey = generateKey();
    const wrapped = ring.wrap(dataKey, context);
    key.fill(0);
    expect(ring.unwrap(wrapped, context)).toEqual(Buffer.from(dataKey));
  });

  it('shows no key bytes when printed', () => {
    const key = new Uint8Array(32).fill(0xab);
    const ring = localKeyRing({ keys: { k: key }, primary: 'k' });
    expect(JSON.stringify(ring)).not.toContain('171');
  });
});

describe('rotation', () => {
  const dataKey = generateKey();

  it('V3 wraps with the new key, and still opens what the old one wrapped until that is retired', async () => {
    const old = localKeyRing({ keys: { 1: generateKey() }, primary: '1' });
    const wrapped = old.wrap(dataKey, context);
    const next = old.rotate('2', generateKey());
    expect(next).toMatchObject({ primary: '2', recipients: ['2'], keyIds: ['1', '2'] });
    expect(Buffer.compare(next.unwrap(wrapped, context), dataKey)).toBe(0);
    expect(next.needsRewrap(wrapped.map(({ keyId }) => keyId))).toBe(true);
    expect(next.needsRewrap(['2'])).toBe(false);
    expect(await codeOf(() => next.retire('1').unwrap(wrapped, context))).toBe('unknown_key');
  });

  it('refuses to replace a key under its name, or to retire one in use', async () => {
    const ring = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
    expect(await codeOf(() => ring.rotate('k', generateKey()))).toBe('invalid_options');
    expect(await codeOf(() => ring.retire('k'))).toBe('invalid_options');
    expect(await codeOf(() => ring.retire('other'))).toBe('invalid_options');
  });
});

it('V3 opens with any recipient that fits, even if another entry under a held name was damaged', () => {
  const ring = localKeyRing({ keys: { a: generateKey(), b: generateKey() }, primary: 'a', recipients: ['a', 'b'] });
  const dataKey = generateKey();
  const [first, second] = ring.wrap(dataKey, context);
  const damaged = { keyId: 'a', wrapped: first!.wrapped.map((byte) => byte ^ 1) };
  expect(Buffer.compare(ring.unwrap([damaged, second!], context), dataKey)).toBe(0);
});
