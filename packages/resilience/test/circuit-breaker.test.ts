import { describe, expect, it, vi } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitOpenError,
  isCircuitOpenError,
  keyedCircuitBreaker,
  pipeline,
  timeout,
  TimeoutError,
} from '../src/index.ts';
import { fail, hang, hangForever, TestClock } from '../src/testing/index.ts';
import { errorOf, manual, settle } from './support.ts';

const down = new Error('down');

function setup(options: CircuitBreakerOptions = {}) {
  const clock = new TestClock();
  const breaker = circuitBreaker({ clock, ...options });
  const transitions: string[] = [];
  breaker.on('transition', ({ from, to, reason }) => transitions.push(`${from}>${to} ${reason}`));
  const failTimes = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await errorOf(breaker.execute(fail(down)), clock);
  };
  const succeedTimes = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1)
      expect(
        await settle(
          breaker.execute(() => 'ok'),
          clock,
        ),
      ).toEqual({ value: 'ok' });
  };
  return { clock, breaker, transitions, failTimes, succeedTimes };
}

describe('circuitBreaker', () => {
  it('opens after 5 failures in a row, half-opens after 60 s and closes after 2 successes', async () => {
    const { clock, breaker, transitions, failTimes, succeedTimes } = setup();
    await failTimes(4);
    await succeedTimes(1);
    await failTimes(4);
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(breaker.state).toBe('open');
    await clock.advance(59_999);
    expect(
      isCircuitOpenError(
        await errorOf(
          breaker.execute(() => 1),
          clock,
        ),
      ),
    ).toBe(true);
    await clock.advance(1);
    await succeedTimes(1);
    expect(breaker.state).toBe('half-open');
    await succeedTimes(1);
    expect(breaker.state).toBe('closed');
    expect(transitions).toEqual([
      'closed>open failures',
      'open>half-open open-time-over',
      'half-open>closed probes-succeeded',
    ]);
  });

  it('reopens when a probe fails', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup();
    await failTimes(5);
    await clock.advance(60_000);
    await succeedTimes(1);
    await failTimes(1);
    expect(breaker.state).toBe('open');
  });

  it.each([1, 3])('B1 half-open admits exactly %i probes of a burst', async (halfOpenProbes) => {
    const { clock, breaker, failTimes } = setup({ halfOpenProbes, successThreshold: 10 });
    await failTimes(5);
    await clock.advance(60_000);
    const { operation, calls } = manual();
    const burst = Array.from({ length: 50 }, () => breaker.execute(operation));
    expect(calls).toHaveLength(halfOpenProbes);
    const results = await Promise.all(burst.map((call) => settle(call, clock)));
    const refused = results.filter(
      (result) => result !== 'pending' && 'error' in result && isCircuitOpenError(result.error),
    );
    expect(refused).toHaveLength(50 - halfOpenProbes);
    expect((refused[0] as { error: CircuitOpenError }).error).toMatchObject({
      state: 'half-open',
      retryAfterMs: undefined,
    });
    calls[0]?.resolve('ok');
    await clock.advance(0);
    void breaker.execute(operation);
    void breaker.execute(operation).catch(() => undefined);
    expect(calls).toHaveLength(halfOpenProbes + 1);
  });

  it('B2 a probe that hangs counts as failed when its lease is over', async () => {
    const { clock, breaker, transitions, failTimes, succeedTimes } = setup({ probeLeaseMs: 5_000 });
    await failTimes(5);
    await clock.advance(60_000);
    void breaker.execute(hangForever());
    await clock.advance(4_999);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ state: 'half-open' });
    await clock.advance(1);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ state: 'open', retryAfterMs: 60_000 });
    expect(transitions.at(-1)).toBe('half-open>open probe-lease-expired');
    await clock.advance(60_000);
    await succeedTimes(2);
    expect(breaker.state).toBe('closed');
  });

  it('B2 a probe that the caller aborts frees its slot at once, even if the operation does not notice', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup();
    await failTimes(5);
    await clock.advance(60_000);
    const controller = new AbortController();
    void breaker.execute(hangForever(), { signal: controller.signal });
    controller.abort();
    await succeedTimes(2);
    expect(breaker.state).toBe('closed');
  });

  it('B2 a probe that a timeout around the breaker ends is a failed one', async () => {
    const { clock, breaker, failTimes } = setup();
    await failTimes(5);
    await clock.advance(60_000);
    const call = pipeline(timeout({ ms: 100, clock }), breaker).execute(hangForever());
    expect(await errorOf(call, clock, 100)).toBeInstanceOf(TimeoutError);
    expect(breaker.state).toBe('open');
  });

  it('B2 an ignored probe frees its slot, and probes that say nothing for too long reopen the circuit', async () => {
    const { clock, breaker, transitions, failTimes } = setup({
      probeLeaseMs: 1_000,
      classify: ({ error }) => (error === 'meaningless' ? 'ignored' : error === undefined ? 'success' : 'failure'),
    });
    await failTimes(5);
    await clock.advance(60_000);
    for (let i = 0; i < 3; i += 1) await errorOf(breaker.execute(fail('meaningless')), clock);
    expect(breaker.state).toBe('half-open');
    await clock.advance(999);
    await errorOf(breaker.execute(fail('meaningless')), clock);
    expect(breaker.state).toBe('half-open');
    await clock.advance(1);
    await errorOf(breaker.execute(fail('meaningless')), clock);
    expect(transitions.at(-1)).toBe('half-open>open probes-undecided');
  });

  it('B3 outcomes of calls from before a change of state count for nothing', async () => {
    const { clock, breaker, failTimes } = setup({ failureThreshold: 2, successThreshold: 1, halfOpenProbes: 2 });
    const { operation, calls } = manual();
    const old = [breaker.execute(operation), breaker.execute(operation), breaker.execute(operation)];
    for (const call of old) call.catch(() => undefined);
    await failTimes(2);
    calls[0]?.resolve('late');
    await clock.advance(60_000);
    expect(breaker.state).toBe('open');
    void breaker.execute(hangForever());
    calls[1]?.reject(down);
    await clock.advance(0);
    expect(breaker.state).toBe('half-open');
    expect(
      await settle(
        breaker.execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    calls[2]?.reject(down);
    await clock.advance(0);
    expect(breaker.state).toBe('closed');
  });

  it('B3 a hung probe that comes back after its lease changes nothing', async () => {
    const { clock, breaker, failTimes } = setup({ probeLeaseMs: 10, successThreshold: 1 });
    await failTimes(5);
    await clock.advance(60_000);
    const { operation, calls } = manual();
    void breaker.execute(operation);
    await clock.advance(10);
    await errorOf(
      breaker.execute(() => 1),
      clock,
    );
    calls[0]?.resolve('late');
    await clock.advance(0);
    expect(breaker.state).toBe('open');
  });

  it('B4 an abort by the caller counts in no state', async () => {
    const { clock, breaker, failTimes } = setup({ failureThreshold: 2 });
    const abortOne = async (): Promise<void> => {
      const controller = new AbortController();
      const call = breaker.execute(hang(), { signal: controller.signal });
      controller.abort();
      await errorOf(call, clock);
    };
    await failTimes(1);
    for (let i = 0; i < 5; i += 1) await abortOne();
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(breaker.state).toBe('open');
    await clock.advance(60_000);
    for (let i = 0; i < 5; i += 1) await abortOne();
    expect(breaker.state).toBe('half-open');
  });

  it('B4 ignored outcomes neither open the circuit nor interrupt a row of failures', async () => {
    const { clock, breaker, failTimes } = setup({
      failureThreshold: 3,
      classify: ({ ok, error }) => (ok ? 'success' : error === 404 ? 'ignored' : 'failure'),
    });
    await failTimes(2);
    for (let i = 0; i < 10; i += 1) await errorOf(breaker.execute(fail(404)), clock);
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(breaker.state).toBe('open');
  });

  it('B4 asks classify with the outcome and the context', async () => {
    const classify = vi.fn(() => 'success' as const);
    const { clock, breaker } = setup({ classify, failureThreshold: 1 });
    await settle(
      breaker.execute(() => 'v', { key: 'k' }),
      clock,
    );
    await errorOf(breaker.execute(fail(down)), clock);
    expect(classify.mock.calls).toEqual([
      [{ ok: true, value: 'v' }, expect.objectContaining({ key: 'k' })],
      [{ ok: false, error: down }, expect.anything()],
    ]);
    expect(breaker.state).toBe('closed');
  });

  it('B4 a result can be a failure', async () => {
    const { clock, breaker } = setup({
      failureThreshold: 1,
      classify: ({ value }) => (value === 503 ? 'failure' : 'success'),
    });
    expect(
      await settle(
        breaker.execute(() => 503),
        clock,
      ),
    ).toEqual({ value: 503 });
    expect(breaker.state).toBe('open');
  });

  it('B4 what classify throws ends the call, counts as ignored and frees the slot', async () => {
    const thrown = new Error('classify');
    let broken = false;
    const { clock, breaker, failTimes } = setup({
      successThreshold: 1,
      classify: ({ ok }) => {
        if (broken) throw thrown;
        return ok ? 'success' : 'failure';
      },
    });
    await failTimes(5);
    await clock.advance(60_000);
    broken = true;
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toBe(thrown);
    expect(await errorOf(breaker.execute(fail(down)), clock)).toBe(thrown);
    broken = false;
    expect(
      await settle(
        breaker.execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
    expect(breaker.state).toBe('closed');
  });

  it('B4 a rejection by an inner policy is ignored', async () => {
    const { clock, breaker } = setup({ failureThreshold: 1 });
    const full = bulkhead({ maxConcurrent: 1 });
    void full.execute(hangForever());
    await errorOf(
      pipeline(breaker, full).execute(() => 1),
      clock,
    );
    expect(breaker.state).toBe('closed');
  });

  it.each([3_600_000, -3_600_000])('B6 a wall clock that jumps by %i ms changes nothing', async (jump) => {
    const { clock, breaker, failTimes } = setup();
    await failTimes(5);
    clock.jumpWall(jump);
    await clock.advance(59_999);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ retryAfterMs: 1 });
    clock.jumpWall(jump);
    await clock.advance(1);
    expect(
      await settle(
        breaker.execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
  });

  it('B8 emits one event per transition, in order, when the state is visible already', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup({ key: 'db' });
    const seen: unknown[] = [];
    breaker.on('transition', (event) => {
      expect(breaker.state).toBe(event.to);
      seen.push(event);
    });
    await failTimes(5);
    await clock.advance(60_000);
    await succeedTimes(2);
    breaker.isolate();
    breaker.isolate();
    breaker.release();
    breaker.release();
    breaker.reset();
    expect(seen).toEqual([
      { from: 'closed', to: 'open', reason: 'failures', key: 'db', openForMs: 60_000, cause: down },
      { from: 'open', to: 'half-open', reason: 'open-time-over', key: 'db', openForMs: undefined, cause: down },
      { from: 'half-open', to: 'closed', reason: 'probes-succeeded', key: 'db', openForMs: undefined, cause: down },
      { from: 'closed', to: 'isolated', reason: 'manual', key: 'db', openForMs: undefined, cause: down },
      { from: 'isolated', to: 'closed', reason: 'manual', key: 'db', openForMs: undefined, cause: down },
    ]);
  });

  it('B8 a listener that throws reaches neither the call nor the other listeners', async () => {
    const { clock, breaker, failTimes } = setup({ failureThreshold: 1 });
    const others = vi.fn();
    breaker.on('transition', () => {
      throw new Error('listener');
    });
    breaker.on('transition', others);
    await failTimes(1);
    expect(others).toHaveBeenCalledTimes(1);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ code: 'circuit_open' });
  });

  it('B8 a listener that takes the slot of the probe, or isolates, is seen by the call that caused the event', async () => {
    const { clock, breaker, failTimes } = setup();
    await failTimes(5);
    await clock.advance(60_000);
    const steal = (): void => void breaker.execute(hangForever());
    breaker.on('transition', steal);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ state: 'half-open' });
    breaker.off('transition', steal);
    breaker.reset();
    await failTimes(5);
    await clock.advance(60_000);
    breaker.on('transition', ({ to }) => to === 'half-open' && breaker.isolate());
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ state: 'isolated' });
  });

  it('B9 the rejection says all that is known', async () => {
    const { clock, breaker, failTimes } = setup({ key: 'db' });
    const rejections: unknown[] = [];
    breaker.on('rejection', (event) => rejections.push(event));
    await failTimes(5);
    await clock.advance(10_000);
    const operation = vi.fn();
    const error = await errorOf(breaker.execute(operation), clock);
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      code: 'circuit_open',
      retryAfterMs: 50_000,
      state: 'open',
      key: 'db',
      cause: down,
    });
    expect(operation).not.toHaveBeenCalled();
    expect(rejections).toEqual([{ error, key: 'db' }]);
    expect((error as Error).message).toBe('Circuit breaker refuses calls');
    expect(await errorOf(breaker.execute(operation, { key: 'of the call' }), clock)).toMatchObject({
      key: 'of the call',
    });
  });

  it('B9 the rejection carries no stack, and leaves the limit as it was', async () => {
    const limit = Error.stackTraceLimit;
    const { clock, breaker } = setup();
    breaker.isolate();
    const error = (await errorOf(
      breaker.execute(() => 1),
      clock,
    )) as Error;
    expect(error.stack).not.toContain('    at ');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(error).toBeInstanceOf(Error);
  });

  it('B10 the open time grows with each failed probe, up to its cap', async () => {
    const { clock, breaker, failTimes } = setup({
      openDurationMs: 1_000,
      openBackoffMultiplier: 2,
      maxOpenDurationMs: 5_000,
    });
    const times: (number | undefined)[] = [];
    breaker.on('transition', ({ to, openForMs }) => to === 'open' && times.push(openForMs));
    await failTimes(5);
    for (let i = 0; i < 4; i += 1) {
      await clock.advance(times.at(-1) ?? 0);
      await failTimes(1);
    }
    expect(times).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('B10 the jitter only lengthens, within its share and the cap', async () => {
    for (const [random, maxOpenDurationMs, expected] of [
      [0, 2_000, 1_000],
      [0.5, 2_000, 1_100],
      [0.999, 1_050, 1_050],
    ] as const) {
      const { breaker, failTimes } = setup({
        openDurationMs: 1_000,
        openJitter: 0.2,
        random: () => random,
        maxOpenDurationMs,
      });
      const times: (number | undefined)[] = [];
      breaker.on('transition', ({ openForMs }) => times.push(openForMs));
      await failTimes(5);
      expect(times).toEqual([expected]);
    }
  });

  it('B10 a circuit that closes only for a short while goes on counting its openings', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup({
      openDurationMs: 1_000,
      openBackoffMultiplier: 3,
      calmMs: 500,
      successThreshold: 1,
    });
    const times: (number | undefined)[] = [];
    breaker.on('transition', ({ to, openForMs }) => to === 'open' && times.push(openForMs));
    await failTimes(5);
    await clock.advance(1_000);
    await succeedTimes(1);
    await clock.advance(499);
    await failTimes(5);
    await clock.advance(3_000);
    await succeedTimes(1);
    await clock.advance(500);
    await failTimes(5);
    expect(times).toEqual([1_000, 3_000, 1_000]);
  });

  it('an open time of 0 admits a probe at once', async () => {
    const { clock, breaker, failTimes } = setup({ openDurationMs: 0, openBackoffMultiplier: 2 });
    await failTimes(5);
    expect(
      await settle(
        breaker.execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
  });
});

describe('manual control', () => {
  it('isolate holds whatever the calls do and however long it takes', async () => {
    const { clock, breaker, succeedTimes } = setup();
    breaker.isolate();
    await clock.advance(1e9);
    const error = await errorOf(
      breaker.execute(() => 1),
      clock,
    );
    expect(error).toMatchObject({ state: 'isolated', retryAfterMs: undefined });
    expect(breaker.state).toBe('isolated');
    breaker.release();
    await succeedTimes(1);
  });

  it.each([
    ['forceClose', 'forced-closed'],
    ['disable', 'disabled'],
    ['metricsOnly', 'metrics-only'],
  ] as const)('%s lets every call through until released', async (method, state) => {
    const { clock, breaker, failTimes, succeedTimes } = setup();
    await failTimes(5);
    breaker[method]();
    expect(breaker.state).toBe(state);
    await failTimes(20);
    await succeedTimes(1);
    expect(breaker.state).toBe(state);
    breaker.release();
    expect(breaker.state).toBe('closed');
    await failTimes(4);
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ state: 'open' });
  });

  it('counts under metricsOnly, and nothing under forceClose and disable', async () => {
    for (const [method, tally] of [
      ['metricsOnly', 3],
      ['forceClose', 0],
      ['disable', 0],
    ] as const) {
      const { breaker, failTimes } = setup();
      breaker[method]();
      await failTimes(3);
      expect(breaker.export().tally).toBe(tally);
    }
  });

  it('a hold imposed while a probe is out is not ended by it', async () => {
    const { clock, breaker, failTimes } = setup({ successThreshold: 1 });
    await failTimes(5);
    await clock.advance(60_000);
    const { operation, calls } = manual();
    void breaker.execute(operation);
    breaker.isolate();
    calls[0]?.resolve('ok');
    await clock.advance(0);
    expect(breaker.state).toBe('isolated');
    breaker.disable();
    expect(breaker.state).toBe('disabled');
  });

  it('reset closes and forgets failures, openings and the cause', async () => {
    const { clock, breaker, failTimes } = setup({ openBackoffMultiplier: 2 });
    await failTimes(5);
    await clock.advance(60_000);
    await failTimes(1);
    breaker.reset();
    expect(breaker.export()).toMatchObject({ state: 'closed', openings: 0, tally: 0, openForMs: 0 });
    breaker.isolate();
    expect(
      await errorOf(
        breaker.execute(() => 1),
        clock,
      ),
    ).toMatchObject({ cause: undefined });
  });
});

describe('rates', () => {
  const count = { type: 'count', size: 10, minimumCalls: 4, failureRate: 0.5 } as const;

  it('opens when the share of failures is reached, not before the minimum of calls', async () => {
    const { breaker, transitions, failTimes, succeedTimes } = setup({ window: count });
    await failTimes(3);
    expect(breaker.state).toBe('closed');
    await succeedTimes(1);
    expect(transitions).toEqual(['closed>open rate']);
  });

  it('ignores a row of failures below the rate, unless a threshold is given too', async () => {
    const run = async (failureThreshold?: number) => {
      const { breaker, failTimes, succeedTimes } = setup({
        window: { type: 'count', size: 100, minimumCalls: 100 },
        ...(failureThreshold === undefined ? {} : { failureThreshold }),
      });
      await succeedTimes(50);
      await failTimes(6);
      return breaker.state;
    };
    expect([await run(), await run(6), await run(7)]).toEqual(['closed', 'open', 'closed']);
  });

  it('opens on slow calls, and takes a slow probe for a failed one', async () => {
    const { clock, breaker, transitions } = setup({
      window: { type: 'time', lengthMs: 10_000, minimumCalls: 2, slowCallMs: 100, slowCallRate: 0.5 },
    });
    const takes = (ms: number) =>
      settle(
        breaker.execute(() => clock.sleep(ms)),
        clock,
        ms,
      );
    await takes(99);
    await takes(99);
    await takes(100);
    expect(breaker.state).toBe('closed');
    await takes(100);
    expect(transitions).toEqual(['closed>open rate']);
    await clock.advance(60_000);
    await takes(100);
    expect(transitions.at(-1)).toBe('half-open>open probe-failed');
    await clock.advance(60_000);
    await takes(99);
    await takes(99);
    expect(breaker.state).toBe('closed');
  });

  it('starts with an empty window after closing', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup({ window: count });
    await failTimes(4);
    await clock.advance(60_000);
    await succeedTimes(2);
    await failTimes(3);
    expect(breaker.state).toBe('closed');
  });

  it('B5 failures that have left the time window do not open the circuit', async () => {
    const { clock, breaker, failTimes, succeedTimes } = setup({
      window: { type: 'time', lengthMs: 1_000, minimumCalls: 4 },
    });
    await failTimes(3);
    await clock.advance(1_001);
    await failTimes(1);
    await succeedTimes(2);
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(breaker.state).toBe('open');
  });

  it('counts but does not open under metricsOnly', async () => {
    const { breaker, failTimes } = setup({ window: count });
    breaker.metricsOnly();
    await failTimes(8);
    expect(breaker.export().window).toHaveLength(8);
    expect(breaker.state).toBe('metrics-only');
  });
});

describe('keyedCircuitBreaker', () => {
  it('keeps one circuit per key, under one set of events', async () => {
    const clock = new TestClock();
    const breakers = keyedCircuitBreaker({ clock, failureThreshold: 1 });
    const keys: unknown[] = [];
    breakers.on('transition', ({ key }) => keys.push(key));
    await errorOf(breakers.execute(fail(down), { key: 'a' }), clock);
    expect(
      await settle(
        breakers.execute(() => 1, { key: 'b' }),
        clock,
      ),
    ).toEqual({ value: 1 });
    expect(
      await errorOf(
        breakers.execute(() => 1, { key: 'a' }),
        clock,
      ),
    ).toMatchObject({ key: 'a', state: 'open' });
    expect([breakers.circuit('a').state, breakers.circuit('b').state]).toEqual(['open', 'closed']);
    expect(keys).toEqual(['a']);
    expect(
      await settle(
        breakers.execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
    expect(breakers.size).toBe(3);
  });

  it('lets an operator control one key', async () => {
    const clock = new TestClock();
    const breakers = keyedCircuitBreaker({ clock });
    const circuit = breakers.circuit('a');
    circuit.isolate();
    expect(circuit.key).toBe('a');
    expect(
      await errorOf(
        breakers.execute(() => 1, { key: 'a' }),
        clock,
      ),
    ).toMatchObject({ state: 'isolated' });
    expect(breakers.circuit('b').restore(circuit.export())).toBe(true);
    expect(breakers.circuit('b').state).toBe('isolated');
    circuit.release();
    expect(circuit.state).toBe('closed');
  });

  it('forgets closed circuits that were not used lately, then open ones, never held ones', async () => {
    const clock = new TestClock();
    const breakers = keyedCircuitBreaker({ clock, failureThreshold: 1, maxKeys: 3 });
    const use = (key: string) =>
      settle(
        breakers.execute(() => 1, { key }),
        clock,
      );
    breakers.circuit('held').isolate();
    await errorOf(breakers.execute(fail(down), { key: 'open' }), clock);
    await use('x');
    for (let index = 0; index < 20; index += 1) await use(`k${index}`);
    expect(breakers.size).toBe(3);
    expect(breakers.circuit('held').state).toBe('isolated');
    for (const key of ['p', 'q']) breakers.circuit(key).isolate();
    expect(breakers.size).toBe(3);
    breakers.circuit('r').isolate();
    expect(breakers.size).toBe(4);
  });

  it('a key that is used all the time stays', async () => {
    const clock = new TestClock();
    const breakers = keyedCircuitBreaker({ clock, failureThreshold: 1, maxKeys: 4 });
    await errorOf(breakers.execute(fail(down), { key: 'hot' }), clock);
    for (let index = 0; index < 50; index += 1) {
      await settle(
        breakers.execute(() => 1, { key: `k${index}` }),
        clock,
      );
      await errorOf(
        breakers.execute(() => 1, { key: 'hot' }),
        clock,
      );
    }
    expect(breakers.circuit('hot').state).toBe('open');
    expect(breakers.size).toBe(4);
  });

  it('sets no timer, however many keys there are', async () => {
    const clock = new TestClock();
    const breakers = keyedCircuitBreaker({ clock, failureThreshold: 1 });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => breakers.execute(fail(down), { key: `${index}` }).catch(() => 1)),
    );
    expect(breakers.size).toBe(1_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
