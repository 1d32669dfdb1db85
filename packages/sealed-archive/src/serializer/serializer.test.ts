import { expect, it } from 'vitest';

import { codeOf } from '../../test/code-of.ts';
import { inspect, json, jsonText, msgpack, openValue, seal, sealValue, type Serializer } from '../index.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };

it('writes the media type of the serializer into the header, and opens with no other', async () => {
  const { bytes } = await sealValue([1, 2], msgpack, { context });
  expect(inspect(bytes).contentType).toBe('application/vnd.msgpack');
  expect(await openValue(bytes, msgpack, { context })).toEqual([1, 2]);
  expect(await codeOf(() => openValue(bytes, json, { context }))).toBe('invalid_options');
});

it('V1 keeps the text of JSON: numbers, white space, order of keys', async () => {
  const text = '{ "b": 1.0, "a": 12345678901234567890, "__proto__": -0.0 }';
  const { bytes } = await sealValue(text, jsonText, { context });
  expect(await openValue(bytes, jsonText, { context })).toBe(text);
});

it('keeps 64-bit integers as bigint in MessagePack', async () => {
  const { bytes } = await sealValue({ n: 2n ** 63n - 1n }, msgpack, { context });
  expect(await openValue(bytes, msgpack, { context })).toEqual({ n: 2n ** 63n - 1n });
});

it('takes a serializer of your own', async () => {
  const lines: Serializer<string[]> = {
    contentType: 'text/plain',
    encode: (value) => new TextEncoder().encode(value.join('\n')),
    decode: (bytes) => new TextDecoder().decode(bytes).split('\n'),
  };
  const { bytes } = await sealValue(['a', 'b'], lines, { context });
  expect(await openValue(bytes, lines, { context })).toEqual(['a', 'b']);
});

it.each([
  ['undefined as JSON', undefined, json],
  ['a cycle as JSON', cyclic(), json],
  ['a lone surrogate as text', '"\ud800"', jsonText],
  ['a function as MessagePack', () => 1, msgpack],
])('refuses %s', async (_name, value, serializer) => {
  expect(await codeOf(() => sealValue(value, serializer as Serializer<unknown>, { context }))).toBe('invalid_options');
});

it('says corrupt when the content is not of its media type, and quotes nothing of it', async () => {
  const secret = 'my secret words';
  for (const serializer of [json, msgpack]) {
    const content = new TextEncoder().encode(secret);
    const { bytes } = await seal(content, { context, contentType: serializer.contentType });
    const error = await openValue(bytes, serializer, { context }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(`${(error as Error).message} ${JSON.stringify((error as Error).cause)}`).not.toContain('secret');
  }
});

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}
