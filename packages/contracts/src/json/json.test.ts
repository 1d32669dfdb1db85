import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson } from './lossless.ts';
import { rawElements, rawMembers, withRawMembers } from './raw.ts';

describe('lossless JSON', () => {
  it('keeps every digit of integers up to 2^63 - 1, also next to floats and in strings', () => {
    const text =
      '{"a":9223372036854775807,"b":1234567890123456.5,"c":"9223372036854775807","d":-9007199254740993,"e":3}';
    const value = parseJson(text) as Record<string, unknown>;
    expect(value['a']).toBe(9223372036854775807n);
    expect(value['b']).toBe(1234567890123456.5);
    expect(value['c']).toBe('9223372036854775807');
    expect(value['d']).toBe(-9007199254740993n);
    expect(value['e']).toBe(3);
    expect(stringifyJson({ a: value['a'], e: value['e'] })).toBe('{"a":9223372036854775807,"e":3}');
  });

  it('keeps a key named __proto__ an ordinary key', () => {
    const value = parseJson('{"__proto__":{"x":9223372036854775807}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('raw JSON text', () => {
  const data = String.raw`{ "x": [1.0, -0.0, 12345678901234567890], "q\"}": "a\\", "__proto__": {"]": "[{"} }`;

  it('cuts the members of an object out of the text as they stand', () => {
    const members = rawMembers(` { "id" : "1" , "data":${data}, "n":null,"t":true ,"e":{},"f":[ ] } `);
    expect(Object.fromEntries(members)).toEqual({ id: '"1"', data, n: 'null', t: 'true', e: '{}', f: '[ ]' });
    expect(rawMembers('{}').size).toBe(0);
  });

  it('reads escaped keys and lets the last duplicate win', () => {
    expect(rawMembers(String.raw`{"d\u0061ta":1,"data":2.0}`).get('data')).toBe('2.0');
  });

  it('cuts the elements of an array out of the text', () => {
    expect(rawElements(`[ ${data} , 1.0,"a,]",[[],{}],null ]`)).toEqual([data, '1.0', '"a,]"', '[[],{}]', 'null']);
    expect(rawElements(' [ ] ')).toEqual([]);
  });

  it('splices raw members in', () => {
    expect(withRawMembers({ id: 'a', gone: undefined }, { data: '1.0' })).toBe('{"id":"a","data":1.0}');
    expect(withRawMembers({ n: 9223372036854775807n }, {})).toBe('{"n":9223372036854775807}');
    expect(withRawMembers({}, { data: '-0.0' })).toBe('{"data":-0.0}');
  });

  it('agrees with JSON.parse on random documents', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const value = (depth: number): unknown => {
      const kind = Math.floor(random() * (depth > 3 ? 4 : 6));
      if (kind === 0)
        return String.fromCharCode(...Array.from({ length: 6 }, () => 32 + Math.floor(random() * 95))) + '\\"';
      if (kind === 1) return random() * 1000 - 500;
      if (kind === 2) return null;
      if (kind === 3) return random() > 0.5;
      const items = Array.from({ length: Math.floor(random() * 5) }, () => value(depth + 1));
      return kind === 4 ? items : Object.fromEntries(items.map((item, i) => [`k${i}"`, item]));
    };
    for (let i = 0; i < 300; i++) {
      const object = { a: value(0), 'b"': value(0) };
      for (const indent of [0, 2]) {
        const members = rawMembers(JSON.stringify(object, null, indent));
        expect(Object.fromEntries([...members].map(([k, v]) => [k, JSON.parse(v) as unknown]))).toEqual(object);
        const list = Object.values(object);
        expect(rawElements(JSON.stringify(list, null, indent)).map((v) => JSON.parse(v) as unknown)).toEqual(list);
      }
    }
  });
});
