import { ApiError, ConnectionError, InvalidConfigError, isIntegrationError } from '@llm-memory-graph/http';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it, vi } from 'vitest';
import { UsageBuffer, type UsageBufferOptions, type UsageInput, type UsageReceiver } from '../src/index.ts';
import { registryFor, type Tamper } from './registry.ts';

const report: UsageInput = { sessionId: 's1', promptTokens: 2, completionTokens: 3 };
const down = () => new ConnectionError('down', { retryable: true });

interface Sent {
  readonly key: string | undefined;
  readonly ids: readonly (string | undefined)[];
}

/** Takes batches; `fails` says which ones it does not, by their number from 0. */
function receiver(fails: (batch: number, reports: readonly UsageInput[]) => unknown = () => undefined) {
  const sent: Sent[] = [];
  const counted = new Set<unknown>();
  const trackUsageBatch: UsageReceiver['trackUsageBatch'] = async (reports, options) => {
    sent.push({ key: options?.idempotencyKey, ids: reports.map(({ reportId }) => reportId) });
    await Promise.resolve();
    const failure = fails(sent.length - 1, reports);
    if (failure !== undefined) throw failure as Error;
    const before = counted.size;
    for (const { reportId } of reports) counted.add(reportId);
    const accepted = counted.size - before;
    return { accepted, duplicates: reports.length - accepted, rejected: [] };
  };
  const single = vi.fn<UsageReceiver['trackUsage']>(() => Promise.resolve());
  const health = vi.fn(() => Promise.resolve());
  return { trackUsageBatch, trackUsage: single, healthCheck: health, sent, counted, single, health };
}

function buffered(service: UsageReceiver, options: UsageBufferOptions = {}) {
  const clock = new TestClock();
  const usage = new UsageBuffer(service, { clock, random: () => 1, ...options });
  const events: [string, unknown][] = [];
  usage.on('*', (type, event) => events.push([type, event]));
  const track = (count: number, more: Partial<UsageInput> = {}): boolean[] =>
    Array.from({ length: count }, () => usage.track({ ...report, ...more }));
  return { clock, usage, events, track };
}

describe('H7: flush', () => {
  it('drains until empty, however many batches that takes', async () => {
    const service = receiver();
    const { usage, track } = buffered(service, { maxBatchSize: 10 });
    track(25);
    await usage.flush();
    expect(usage.pending).toBe(0);
    expect(service.counted.size).toBe(25);
    expect(service.sent.map(({ ids }) => ids.length)).toEqual([10, 10, 5]);
  });

  it('takes along what comes while it runs', async () => {
    let more = 3;
    const service = receiver(() => {
      if (more-- > 0) track(7);
    });
    const { usage, track } = buffered(service, { maxBatchSize: 5 });
    track(4);
    await usage.flush();
    expect([usage.pending, service.counted.size]).toEqual([0, 25]);
  });

  it('called many times at once delivers once', async () => {
    const service = receiver();
    const { usage, track } = buffered(service);
    track(50);
    await Promise.all([usage.flush(), usage.flush(), usage.flush()]);
    expect(service.sent).toHaveLength(1);
    await usage.flush();
    expect(service.sent).toHaveLength(1);
  });

  it('repeats a failed batch under the same key and the same report ids', async () => {
    const service = receiver((batch) => (batch < 2 ? down() : undefined));
    const { clock, usage, events, track } = buffered(service);
    track(5);
    const flushed = usage.flush();
    await clock.advance(10_000);
    await flushed;
    expect(service.sent).toHaveLength(3);
    expect(new Set(service.sent.map(({ key }) => key)).size).toBe(1);
    expect(service.sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(service.sent[1]?.ids).toEqual(service.sent[0]?.ids);
    expect(events).toEqual([
      ['failed', { error: expect.any(ConnectionError) as Error, reports: 5, retryInMs: 1_000 }],
      ['failed', { error: expect.any(ConnectionError) as Error, reports: 5, retryInMs: 2_000 }],
      ['delivered', { reports: 5, duplicates: 0 }],
    ]);
  });

  it('puts reports that came after a failed batch into batches of their own, behind it', async () => {
    const service = receiver((batch) => (batch === 0 ? down() : undefined));
    const { clock, usage, track } = buffered(service, { maxBatchSize: 3 });
    track(3);
    await clock.advance(0);
    track(2);
    await clock.advance(60_000);
    await usage.flush();
    expect(service.sent.map(({ ids }) => ids.length)).toEqual([3, 3, 2]);
    expect(service.counted.size).toBe(5);
  });

  it('rejects with what stands in the way when that will not pass; the reports stay', async () => {
    const refusal = new ApiError('no', { status: 403 });
    const { usage, track } = buffered(receiver(() => refusal));
    track(3);
    await expect(usage.flush()).rejects.toBe(refusal);
    expect(usage.pending).toBe(3);
  });

  it('gives up at its deadline; the reports stay', async () => {
    const { clock, usage, track } = buffered({ ...receiver(), trackUsageBatch: () => new Promise(() => undefined) });
    track(3);
    const flushed = usage.flush({ deadlineMs: 500 }).catch((error: unknown) => error);
    await clock.advance(500);
    expect(await flushed).toMatchObject({
      code: 'timeout',
      message: '3 usage reports were not delivered within 500 ms',
    });
    expect(usage.pending).toBe(3);
  });

  it('does not wait for a repeat that would come after its deadline', async () => {
    const { usage, track } = buffered(receiver(() => down()));
    track(1);
    expect(await usage.flush({ deadlineMs: 500 }).catch((error: unknown) => error)).toBeInstanceOf(ConnectionError);
  });

  it('ends its wait when its signal aborts', async () => {
    const { clock, usage, track } = buffered({ ...receiver(), trackUsageBatch: () => new Promise(() => undefined) });
    track(1);
    const controller = new AbortController();
    const flushed = usage.flush({ signal: controller.signal }).catch((error: unknown) => error);
    await clock.advance(0);
    controller.abort(new Error('enough'));
    expect(await flushed).toMatchObject({ message: 'enough' });
    expect(usage.pending).toBe(1);
  });
});

describe('H7: a buffer', () => {
  it('sends by itself when a batch is full, and after flushIntervalMs otherwise', async () => {
    const service = receiver();
    const { clock, track } = buffered(service, { maxBatchSize: 10, flushIntervalMs: 1_000 });
    track(10);
    await clock.advance(0);
    expect(service.counted.size).toBe(10);
    track(3);
    await clock.advance(999);
    expect(service.counted.size).toBe(10);
    await clock.advance(1);
    expect(service.counted.size).toBe(13);
  });

  it('has no timer that keeps a process alive', async () => {
    const service = receiver(() => down());
    const { clock, track } = buffered(service);
    const setTimer = vi.spyOn(clock, 'setTimer');
    track(5);
    await clock.advance(30_000);
    expect(setTimer.mock.calls.length).toBeGreaterThan(2);
    for (const [, , options] of setTimer.mock.calls) expect(options).toEqual({ ref: false });
  });

  it('backs off up to maxDelayMs while the service is down, however much comes in', async () => {
    const service = receiver(() => down());
    const { clock, events, track } = buffered(service, { maxBatchSize: 1, maxDelayMs: 4_000 });
    for (let second = 0; second < 20; second++) {
      track(10);
      await clock.advance(1_000);
    }
    const waits = events.map(([, event]) => (event as { retryInMs: number }).retryInMs);
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 4_000]);
    expect(service.sent.length).toBeLessThan(10);
  });

  it('waits as long as the service asks', async () => {
    const busy = new ApiError('busy', { status: 429, retryable: true, retryAfterMs: 20_000 });
    const service = receiver((batch) => (batch === 0 ? busy : undefined));
    const { clock, track } = buffered(service);
    track(1);
    await clock.advance(20_999);
    expect(service.sent).toHaveLength(1);
    await clock.advance(1);
    expect(service.counted.size).toBe(1);
  });

  it('holds at most maxReports; what comes on top is dropped with an event', async () => {
    const { usage, events, track } = buffered(
      receiver(() => down()),
      { maxReports: 5 },
    );
    expect(track(7)).toEqual([true, true, true, true, true, false, false]);
    expect(usage.pending).toBe(5);
    expect(events).toEqual(Array(2).fill(['dropped', { count: 1, reason: 'full' }]));
  });

  it('holds at most maxBytes', () => {
    const { usage, events, track } = buffered(receiver(), { maxBytes: 10_000 });
    const taken = track(100, { metadata: { note: 'x'.repeat(1_000) } }).filter(Boolean).length;
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(10);
    expect(usage.pending).toBe(taken);
    expect(events).toHaveLength(100 - taken);
  });

  it('takes reports again once there is room', async () => {
    const { usage, track } = buffered(receiver(), { maxReports: 2 });
    expect(track(3)).toEqual([true, true, false]);
    await usage.flush();
    expect(track(2)).toEqual([true, true]);
  });

  it('keeps a request small: at most about a MiB of reports', async () => {
    const service = receiver();
    const { usage, track } = buffered(service);
    track(10, { metadata: { note: 'x'.repeat(300_000) } });
    await usage.flush();
    expect(service.sent.map(({ ids }) => ids.length)).toEqual([3, 3, 3, 1]);
  });

  it('takes a copy: later changes have no effect', async () => {
    const trackUsageBatch = vi.fn<UsageReceiver['trackUsageBatch']>(() =>
      Promise.resolve({ accepted: 1, duplicates: 0, rejected: [] }),
    );
    const { usage } = buffered({ ...receiver(), trackUsageBatch });
    const mine = { ...report, metadata: { step: 1 } };
    usage.track(mine);
    mine.metadata.step = 2;
    await usage.flush();
    expect(trackUsageBatch.mock.calls[0]?.[0][0]).toMatchObject({ totalTokens: 5, metadata: { step: 1 } });
  });

  it('refuses at once what does not fit, naming the field', () => {
    const { usage } = buffered(receiver());
    expect(() => usage.track({ ...report, promptTokens: -1 })).toThrow('/promptTokens');
    expect(usage.pending).toBe(0);
  });

  it('finds the report that a batch is refused for, and delivers the rest', async () => {
    const refusal = new ApiError('too odd', { status: 422 });
    const service = receiver((_batch, reports) =>
      reports.some(({ reportId }) => reportId === 'odd') ? refusal : undefined,
    );
    const onRefused = vi.fn();
    const { usage, events, track } = buffered(service, { onRefused });
    track(6);
    usage.track({ ...report, reportId: 'odd' });
    track(6);
    await usage.flush();
    expect(service.counted.size).toBe(12);
    expect(events.filter(([type]) => type === 'refused')).toEqual([
      ['refused', { reportId: 'odd', sessionId: 's1', reason: 'too odd' }],
    ]);
    expect(onRefused).toHaveBeenCalledExactlyOnceWith({
      report: expect.objectContaining({ reportId: 'odd' }) as UsageInput,
      reason: 'too odd',
    });
  });

  it('sends one by one to a service that knows no batches', async () => {
    const service = receiver(() => new ApiError('unknown path', { status: 404 }));
    const { usage, track } = buffered(service);
    track(5);
    await usage.flush();
    expect([service.sent.length, service.single.mock.calls.length]).toEqual([1, 5]);
    track(2);
    await usage.flush();
    expect([service.sent.length, service.single.mock.calls.length]).toEqual([1, 7]);
  });

  it('does not take a wrong address for a service that knows no batches', async () => {
    const service = receiver(() => new ApiError('unknown path', { status: 404 }));
    const lost = new ApiError('unknown path', { status: 404 });
    service.health.mockRejectedValue(lost);
    const { usage, track } = buffered(service);
    track(5);
    await expect(usage.flush()).rejects.toBe(lost);
    expect([usage.pending, service.single.mock.calls.length]).toEqual([5, 0]);
  });

  it('one by one, it keeps its place', async () => {
    const service = receiver(() => new ApiError('unknown path', { status: 404 }));
    service.single
      .mockResolvedValueOnce()
      .mockRejectedValueOnce(new ApiError('unknown session', { status: 404 }))
      .mockRejectedValueOnce(down());
    const { clock, usage, events, track } = buffered(service);
    track(4);
    const flushed = usage.flush();
    await clock.advance(5_000);
    await flushed;
    expect(events.map(([type]) => type)).toEqual(['delivered', 'refused', 'failed', 'delivered']);
    const ids = service.single.mock.calls.map(([{ reportId }]) => reportId);
    expect(ids[3]).toBe(ids[2]);
    expect(new Set(ids).size).toBe(4);
  });

  it('a listener or callback that throws changes nothing', async () => {
    const service = receiver();
    const { usage, track } = buffered(service, {
      onRefused: () => {
        throw new Error('broken');
      },
    });
    usage.on('delivered', () => {
      throw new Error('broken');
    });
    track(3);
    await usage.flush();
    expect(service.counted.size).toBe(3);
  });

  it('off() ends a listener', async () => {
    const { usage, track } = buffered(receiver());
    const heard = vi.fn();
    usage.on('delivered', heard);
    usage.off('delivered', heard);
    track(1);
    await usage.flush();
    expect(heard).not.toHaveBeenCalled();
  });

  it.each<[object, string]>([
    [{ maxBatchSize: 1_001 }, 'maxBatchSize must be an integer from 1 to 1000, got 1001'],
    [{ flushIntervalMs: 0 }, 'flushIntervalMs must be a number of ms in (0, 2147483647], got 0'],
    [{ maxReports: -1 }, 'maxReports must be an integer >= 1, got -1'],
    [{ maxBytes: NaN }, 'maxBytes must be an integer >= 1, got NaN'],
    [{ initialDelayMs: '1' }, 'initialDelayMs must be a number of ms in (0, 2147483647], got "1"'],
    [{ onRefused: 1 }, 'onRefused must be a function, got 1'],
    [{ spool: {} }, 'spool must be an object with restore, add, batch, settle, close, got an object'],
    [{ batchSize: 5 }, 'there is no option batchSize'],
  ])('%j is refused', (options, message) => {
    expect(() => new UsageBuffer(receiver(), options)).toThrow(InvalidConfigError);
    expect(() => new UsageBuffer(receiver(), options)).toThrow(message);
  });

  it('a deadline of flush() that is none is refused', async () => {
    const { usage } = buffered(receiver());
    await expect(usage.flush({ deadlineMs: 0 })).rejects.toThrow('deadlineMs must be a number of ms');
  });
});

describe('H7: close', () => {
  it('flushes, and takes no more', async () => {
    const service = receiver();
    const { usage, events, track } = buffered(service);
    {
      await using scope = usage;
      expect(scope).toBe(usage);
      track(25);
    }
    expect(service.counted.size).toBe(25);
    expect(track(1)).toEqual([false]);
    expect(events.at(-1)).toEqual(['dropped', { count: 1, reason: 'closed' }]);
    await usage.close();
  });

  it('says how much is lost when it cannot deliver', async () => {
    const { usage, events, track } = buffered(receiver(() => new ApiError('no', { status: 403 })));
    track(4);
    await expect(usage.close()).rejects.toMatchObject({ status: 403 });
    expect(events.at(-1)).toEqual(['dropped', { count: 4, reason: 'closed' }]);
    expect(usage.pending).toBe(0);
  });
});

describe('H7: over a real registry', () => {
  it('each report counts once, whatever happens to requests and answers', async () => {
    const { client } = registryFor();
    await client().registerSession({ sessionId: 's1', modelId: 'gpt-4' });
    let n = 0;
    // Every third request is lost on its way there, every third on its way back, every ninth refused for a while.
    const lossy: Tamper = async (next, request) => {
      const at = n++;
      if (at % 3 === 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      if (at % 9 === 4) return new Response(null, { status: 503 });
      const response = await next(request);
      if (at % 3 === 1) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      return response;
    };
    const registry = client({ retry: { maxAttempts: 1 }, breaker: false }, lossy);
    const options = { maxBatchSize: 7, initialDelayMs: 1, maxDelayMs: 2 };
    await using usage = new UsageBuffer(registry, options);
    let duplicates = 0;
    usage.on('delivered', (event) => (duplicates += event.duplicates));
    for (let i = 0; i < 200; i++) usage.track(report);
    await usage.flush();
    expect(await client().getSessionUsage('s1')).toMatchObject({ totalPrompts: 200, totalTokens: 1_000 });
    expect(duplicates).toBe(0);
  });

  it('events and errors hold nothing of a report', async () => {
    const { client } = registryFor();
    const seen: unknown[] = [];
    const usage = new UsageBuffer(client());
    usage.on('*', (type, event) => seen.push([type, event]));
    usage.track({ ...report, sessionId: 'nobody', metadata: { note: 'private words' } });
    await usage.flush();
    const [[type, event]] = seen as [[string, { reason: string }]];
    expect([type, event.reason]).toEqual(['refused', expect.stringContaining('nobody')]);
    expect(JSON.stringify(seen)).not.toContain('private words');
    const error: unknown = await usage.flush({ deadlineMs: -1 }).catch((reason: unknown) => reason);
    expect(isIntegrationError(error)).toBe(true);
  });
});
