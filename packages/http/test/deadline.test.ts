import { getEventListeners } from 'node:events';
import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { expect, it, vi } from 'vitest';
import { json, nothing } from '../src/index.ts';
import { failureOf, fast, get, onAnswerBegun, overTransports, post } from './over-transports.ts';
import { answer, problem, reset, silent, slowBody, slowHeaders, stalledBody } from './scripted-server.ts';

const ok = answer(200, { policy_id: 'x' });
const once = { ...fast, maxAttempts: 1 };

overTransports('H1: time', (client) => {
  it.each([
    ['silence', silent],
    ['slow headers', slowHeaders],
    ['a stalled body', stalledBody],
    ['a slow body', slowBody],
  ])('%s ends at the time of the attempt and is repeated', async (_what, step) => {
    await using t = await client([step], { timeoutMs: 40, retry: { ...fast, maxAttempts: 2 } });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'timeout', name: 'RequestTimeoutError', retryable: true, attempts: 2 });
    expect(error.message).toBe('Test did not answer GET /things/x within 40 ms');
  });

  it.each([
    ['silence', silent],
    ['slow headers', slowHeaders],
    ['a stalled body', stalledBody],
    ['a slow body', slowBody],
  ])('%s ends at the deadline of the call', async (_what, step) => {
    await using t = await client([step]);
    const error = await failureOf(t.http.call(get, nothing, { deadlineMs: 40 }));
    expect(error).toMatchObject({ code: 'timeout', attempts: 1 });
    expect(error.message).toBe('Test did not answer GET /things/x within 40 ms (deadline of the call)');
  });

  it('a stalled problem ends at it too', async () => {
    const stalledProblem = answer(500, 'x'.repeat(10), { 'content-length': '1000' });
    await using t = await client([stalledProblem], { timeoutMs: 40, retry: once });
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'timeout', attempts: 1 });
  });

  it('one deadline covers every attempt and every wait', async () => {
    await using t = await client([silent], { timeoutMs: 30, deadlineMs: 80, retry: { ...fast, maxAttempts: 1000 } });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error.code).toBe('timeout');
    expect(error.attempts).toBeLessThan(5);
  });

  it('a wait that would pass the deadline is not begun: the last error comes at once', async () => {
    await using t = await client([reset], { clock: new TestClock(), retry: { initialDelayMs: 10_000 } });
    const error = await failureOf(t.http.call(get, nothing, { deadlineMs: 1 }));
    expect(error).toMatchObject({ code: 'connection', attempts: 1 });
  });

  it('the time that is left goes along, and shrinks', async () => {
    const clock = new TestClock();
    const slowly = problem(503);
    await using t = await client(
      [
        (response, request) => {
          void clock.advance(1_000).then(() => slowly(response, request));
        },
        ok,
      ],
      { clock, random: () => 0 },
    );
    const call = t.http.call(get, json(thing), { deadlineMs: 5_000 });
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    await vi.waitFor(async () => {
      await clock.advance(0);
      expect(t.server.seen).toHaveLength(2);
    });
    await call;
    expect(t.server.seen.map((s) => s.headers['x-request-timeout-ms'])).toEqual(['5000', '4000']);
  });

  it('a deadline that is over sends nothing', async () => {
    await using t = await client([ok]);
    expect(await failureOf(t.http.call(get, nothing, { deadlineMs: 0 }))).toMatchObject({ code: 'timeout' });
    expect(t.server.seen).toEqual([]);
  });

  it('an abort rejects with its reason, before, during and between attempts', async () => {
    const reason = new Error('enough');
    await using t = await client([silent]);
    await expect(t.http.call(get, nothing, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(t.server.seen).toHaveLength(0);

    const during = new AbortController();
    const call = t.http.call(get, nothing, { signal: during.signal });
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    during.abort(reason);
    await expect(call).rejects.toBe(reason);

    const between = new AbortController();
    const abort = (): void => void setImmediate(() => between.abort(reason));
    await using waiting = await client([problem(503, {}, { 'retry-after': '50' })], onAnswerBegun(abort));
    await expect(waiting.http.call(get, nothing, { signal: between.signal })).rejects.toBe(reason);
    expect(waiting.server.seen).toHaveLength(1);
  });

  it('an abort ends a stalled body', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const abort = (): void => void setImmediate(() => controller.abort(reason));
    await using t = await client([stalledBody], onAnswerBegun(abort));
    await expect(t.http.call(get, nothing, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('leaves no listener on a signal that many calls share', async () => {
    await using t = await client([ok, problem(404), reset], { breaker: false, retry: once });
    const { signal } = new AbortController();
    const calls = Array.from({ length: 100 }, () => t.http.call(post, nothing, { signal }).catch(() => undefined));
    await Promise.all(calls);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('needs no AbortSignal.any or AbortSignal.timeout, which keep hold of a signal that calls share', async () => {
    using any = vi.spyOn(AbortSignal, 'any');
    using timeout = vi.spyOn(AbortSignal, 'timeout');
    await using t = await client([problem(503), ok]);
    const { signal } = new AbortController();
    const { answer: last } = await t.http.call(get, json(thing), { signal, timeoutMs: 50_000, deadlineMs: 60_000 });
    expect([last.attempts, any.mock.calls, timeout.mock.calls]).toEqual([2, [], []]);
  });
});
