import { describe, expect, it } from 'vitest';
import { checkInstant, checkText } from './storable.ts';

describe('checkInstant', () => {
  it.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+00:01'])('refuses %s', (text) => {
    expect(() => checkInstant('Thing', '/at', new Date(text))).toThrow('/at: must be in the years 0 to 9999 in UTC');
  });

  it.each(['9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z'])('takes %s', (text) => {
    expect(() => checkInstant('Thing', '/at', new Date(text))).not.toThrow();
  });
});

describe('checkText', () => {
  it.each(['a\ud800', 'a\0b'])('refuses %j', (text) => {
    expect(() => checkText('Thing', '/id', text)).toThrow('/id: must be well-formed Unicode without NUL');
  });

  it('takes everything else', () => {
    expect(() => checkText('Thing', '/id', '\u{1f600}\u0001')).not.toThrow();
  });
});
