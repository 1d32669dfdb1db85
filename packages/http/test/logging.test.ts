import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { nothing } from '../src/index.ts';
import { fast, key, overTransports, post } from './over-transports.ts';
import { answer, problem, reset } from './scripted-server.ts';

/** A real pino, and the lines that it wrote. */
function pinoInMemory() {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const logger = pino({ level: 'debug', base: null, timestamp: false }, stream);
  return { logger, lines };
}

const secrets = [key, 'private words', 'private-tag', 'private-header', 'private-answer', 'private-cookie'];
const request = { ...post, body: '{"content":"private words"}', query: { tag: 'private-tag' } } as const;
const told = answer(200, { words: 'private-answer' }, { 'set-cookie': 'private-cookie', 'x-request-id': 'r-1' });

overTransports('logging', (client) => {
  it('a call is one line: method, path, status, ids and times, nothing else of the exchange', async () => {
    const { logger, lines } = pinoInMemory();
    await using t = await client([answer(503), told], { logger });
    await t.http.call(request, nothing, { headers: { 'x-mine': 'private-header' } });
    expect(lines).toEqual([
      {
        level: 20,
        service: 'Test',
        method: 'POST',
        path: '/things',
        status: 200,
        requestId: 'r-1',
        attempts: 2,
        totalMs: expect.any(Number) as number,
        msg: 'request done',
      },
    ]);
  });

  it('a failed call is a warning with its kind', async () => {
    const { logger, lines } = pinoInMemory();
    await using t = await client([problem(404, { request_id: 'r-2', detail: 'private-answer' })], { logger });
    await t.http.call(request, nothing).catch(() => undefined);
    expect(lines).toMatchObject([
      { level: 40, code: 'api', status: 404, requestId: 'r-2', attempts: 1, msg: 'request failed' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('private');
  });

  it('with logExchanges every request and answer is a line, its headers redacted', async () => {
    const { logger, lines } = pinoInMemory();
    await using t = await client([reset, answer(503), told], {
      logger,
      logExchanges: true,
      retry: { ...fast, maxAttempts: 3 },
      headers: { 'x-mine': 'private-header', cookie: 'private-cookie' },
    });
    await t.http.call(request, nothing, { idempotencyKey: 'i-1' });
    expect(lines.map(({ msg }) => msg)).toEqual([
      'request sent',
      'no answer',
      'request sent',
      'answer begun',
      'request sent',
      'answer begun',
      'request done',
    ]);
    const place = { level: 20, service: 'Test', method: 'POST', path: '/things' };
    expect(lines[0]).toEqual({
      ...place,
      attempt: 1,
      bytes: request.body.length,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: '[redacted]',
        'content-type': 'application/json',
        cookie: '[redacted]',
        'idempotency-key': 'i-1',
        'x-mine': '[redacted]',
        'x-request-timeout-ms': expect.stringMatching(/^\d+$/) as string,
      },
      msg: 'request sent',
    });
    expect(lines[1]).toMatchObject({ ...place, attempt: 1, code: 'connection' });
    expect(lines[5]).toMatchObject({
      ...place,
      attempt: 3,
      status: 200,
      headers: { 'content-type': 'application/json', 'set-cookie': '[redacted]', 'x-request-id': 'r-1' },
    });
    for (const secret of secrets) expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it('says why there was no answer', async () => {
    const { logger, lines } = pinoInMemory();
    const controller = new AbortController();
    const silent = (): void => controller.abort();
    await using t = await client([silent], { logger, logExchanges: true });
    await t.http.call(request, nothing, { signal: controller.signal }).catch(() => undefined);
    await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ msg: 'no answer', code: 'aborted' }));
  });

  it('a logger that throws harms no call', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    await using t = await client([told, problem(404)], { logger, logExchanges: true });
    await t.http.call(request, nothing);
    await expect(t.http.call(request, nothing)).rejects.toMatchObject({ status: 404 });
  });

  it('is off unless a logger is given', async () => {
    await using t = await client([told], { logExchanges: true });
    await t.http.call(request, nothing);
  });
});
