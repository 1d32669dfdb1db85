import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

const urls = [
  'http://127.0.0.1:8080/api/v1/sessions/s-1',
  'http://127.0.0.1:8080/api/v1/sessions?page=2&tag=a%26b',
  'http://127.0.0.1:8080/',
  'http://127.0.0.1:8080',
  'http://127.0.0.1:8080?a=1',
  'https://EXAMPLE.com:443/a/./b/../c',
  'https://EXAMPLE.com:443/.hidden/file.txt',
  'https://EXAMPLE.com:443/a/..',
  'https://EXAMPLE.com:443/a/%2e%2e/b',
  'https://EXAMPLE.com:443/a b"<é>',
  'https://EXAMPLE.com:443/a#fragment',
  'http://[::1]:80/x//y',
  'http://user:secret@host/x',
];

describe('targetOf', () => {
  it.each(urls)('splits %s as URL does, the first time and again', (url) => {
    const { origin, pathname, search } = new URL(url);
    for (const _ of [1, 2]) expect(targetOf(url)).toEqual({ origin, path: pathname + search });
  });
});
