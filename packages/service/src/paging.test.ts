import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './paging.ts';

describe('cursors', () => {
  it('give back the key they were made of', () => {
    const key = [1767225600000, 'a/b é"\u{1f600}'];
    expect(encodeCursor(key)).toMatch(/^[\w-]+$/);
    expect(decodeCursor(encodeCursor(key), 2)).toEqual(key);
  });

  it.each([
    ['', 1],
    ['x', 1],
    [encodeCursor(['a']), 2],
    [Buffer.from('[null]').toString('base64url'), 1],
    ['e30', 0],
  ])('of others are refused: %j', (cursor, length) => {
    expect(() => decodeCursor(cursor, length)).toThrow('cursor is not a cursor of this service');
  });
});
