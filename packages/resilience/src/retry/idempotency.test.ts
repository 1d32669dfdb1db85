import { describe, expect, it } from 'vitest';
import { isIdempotentRequest, isReplayableBody } from './idempotency.ts';

describe('isIdempotentRequest', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'get', 'Put'])('R6 %s may be repeated', (method) => {
    expect(isIdempotentRequest(method)).toBe(true);
  });

  it.each(['POST', 'PATCH', 'CONNECT', 'QUERY', ''])('R6 %s may not, unless it carries a key', (method) => {
    expect(isIdempotentRequest(method)).toBe(false);
    expect(isIdempotentRequest(method, new Headers())).toBe(false);
    expect(isIdempotentRequest(method, new Headers({ 'Idempotency-Key': 'x' }))).toBe(true);
  });
});

describe('isReplayableBody', () => {
  it('R6 takes what can be read twice', () => {
    const bodies = [
      null,
      undefined,
      '',
      'x',
      new ArrayBuffer(1),
      new Uint8Array(1),
      new URLSearchParams(),
      new Blob([]),
      new FormData(),
    ];
    expect(bodies.map((body) => isReplayableBody(body))).toEqual(bodies.map(() => true));
  });

  it('R6 refuses streams and iterators', () => {
    expect(isReplayableBody(new ReadableStream())).toBe(false);
    expect(isReplayableBody((async function* () {})())).toBe(false);
    expect(isReplayableBody({})).toBe(false);
  });
});
