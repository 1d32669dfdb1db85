import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type BreakerSnapshot,
  type BreakerStateStore,
  circuitBreaker,
  type CircuitBreakerOptions,
  memoryBreakerStore,
  persistBreaker,
} from '../src/index.ts';
import { breakerStoreContract, fail, TestClock } from '../src/testing/index.ts';
import { errorOf, settle } from './support.ts';

const down = new Error('down');

function process_(options: CircuitBreakerOptions = {}, wall?: number) {
  const clock = new TestClock(wall);
  const breaker = circuitBreaker({ clock, key: 'db', ...options });
  return {
    clock,
    breaker,
    failTimes: async (times: number) => {
      for (let i = 0; i < times; i += 1) await errorOf(breaker.execute(fail(down)), clock);
    },
  };
}

const json = (snapshot: BreakerSnapshot): BreakerSnapshot => JSON.parse(JSON.stringify(snapshot)) as BreakerSnapshot;

describe('export and restore', () => {
  it('B7 keep the remaining open time and the number of openings', async () => {
    const a = process_({ openBackoffMultiplier: 2 });
    await a.failTimes(5);
    await a.clock.advance(60_000);
    await a.failTimes(1);
    await a.clock.advance(20_000);
    const snapshot = json(a.breaker.export());
    expect(snapshot).toEqual({
      version: 1,
      state: 'open',
      hold: null,
      tally: 0,
      openings: 2,
      openForMs: 120_000,
      at: a.clock.now() + 100_000,
      window: [],
    });
    const b = process_({ openBackoffMultiplier: 2 }, a.clock.now() + 30_000);
    expect(b.breaker.restore(snapshot)).toBe(true);
    expect(
      await errorOf(
        b.breaker.execute(() => 1),
        b.clock,
      ),
    ).toMatchObject({ retryAfterMs: 70_000 });
    await b.clock.advance(70_000);
    await b.failTimes(1);
    expect(b.breaker.export()).toMatchObject({ openings: 3, openForMs: 240_000 });
  });

  it('B7 keep the failures in a row, the calm time and the window', async () => {
    const options: CircuitBreakerOptions = {
      failureThreshold: 5,
      window: { type: 'time', lengthMs: 10_000, minimumCalls: 9 },
    };
    const a = process_(options);
    await a.failTimes(4);
    await a.clock.advance(1_000);
    const b = process_(options, a.clock.now());
    b.breaker.restore(json(a.breaker.export()));
    expect(b.breaker.export()).toEqual(a.breaker.export());
    expect(b.breaker.export().window).toEqual([[1_000, 4, 4, 0]]);
    await b.failTimes(1);
    expect(b.breaker.state).toBe('open');
  });

  it('B7 keep a half-open circuit half-open, with its successes', async () => {
    const a = process_();
    await a.failTimes(5);
    await a.clock.advance(60_000);
    await settle(
      a.breaker.execute(() => 1),
      a.clock,
    );
    const b = process_({}, a.clock.now());
    b.breaker.restore(json(a.breaker.export()));
    expect(b.breaker.state).toBe('half-open');
    await settle(
      b.breaker.execute(() => 1),
      b.clock,
    );
    expect(b.breaker.state).toBe('closed');
  });

  it.each([-3_600_000, 3_600_000, -1e15, 1e15])(
    'B6 clamp the wait when the wall clock is off by %i ms',
    async (skew) => {
      const a = process_();
      await a.failTimes(5);
      const b = process_({}, a.clock.now() + skew);
      b.breaker.restore(a.breaker.export());
      if (skew > 0) {
        expect(
          await settle(
            b.breaker.execute(() => 1),
            b.clock,
          ),
        ).toEqual({ value: 1 });
      } else {
        expect(
          await errorOf(
            b.breaker.execute(() => 1),
            b.clock,
          ),
        ).toMatchObject({ retryAfterMs: 60_000 });
      }
    },
  );

  it('B6 clamp to what the settings of now allow, jitter and backoff included', async () => {
    const snapshot: BreakerSnapshot = {
      version: 1,
      state: 'open',
      hold: null,
      tally: 0,
      openings: 1,
      openForMs: 500_000,
      at: 1e15,
      window: [],
    };
    const wait = async (options: CircuitBreakerOptions) => {
      const { breaker, clock } = process_(options);
      breaker.restore(snapshot);
      return (
        (await errorOf(
          breaker.execute(() => 1),
          clock,
        )) as { retryAfterMs: number }
      ).retryAfterMs;
    };
    expect(await wait({ openDurationMs: 1_000 })).toBe(1_000);
    expect(await wait({ openDurationMs: 1_000, openJitter: 0.5 })).toBe(1_500);
    expect(await wait({ openDurationMs: 1_000, openBackoffMultiplier: 2 })).toBe(10_000);
    expect(await wait({ openDurationMs: 1_000_000 })).toBe(500_000);
  });

  it('B6 a closed circuit of the future has been calm since now', () => {
    const { breaker, clock } = process_();
    breaker.restore({
      version: 1,
      state: 'closed',
      hold: null,
      tally: 0,
      openings: 3,
      openForMs: 0,
      at: clock.now() + 1e9,
      window: [],
    });
    expect(breaker.export().at).toBe(clock.now());
  });

  it('B7 a manual hold survives, and a new process can release it', async () => {
    const a = process_();
    a.breaker.isolate();
    const b = process_();
    b.breaker.restore(json(a.breaker.export()));
    expect(
      await errorOf(
        b.breaker.execute(() => 1),
        b.clock,
      ),
    ).toMatchObject({ state: 'isolated' });
    b.breaker.release();
    expect(
      await settle(
        b.breaker.execute(() => 1),
        b.clock,
      ),
    ).toEqual({ value: 1 });
  });

  const good: BreakerSnapshot = {
    version: 1,
    state: 'open',
    hold: null,
    tally: 0,
    openings: 1,
    openForMs: 1,
    at: 1,
    window: [[1, 2, 1, 0]],
  };
  it.each<[string, unknown]>([
    ['not an object', undefined],
    ['not an object', null],
    ['not an object', 'open'],
    ['unknown version', {}],
    ['unknown version', { ...good, version: 2 }],
    ['bad state', { ...good, state: 'ajar' }],
    ['bad state', { ...good, state: 1 }],
    ['bad hold', { ...good, hold: 'maybe' }],
    ['bad hold', { ...good, hold: undefined }],
    ['bad tally', { ...good, tally: -1 }],
    ['bad openings', { ...good, openings: 0.5 }],
    ['bad openForMs', { ...good, openForMs: -1 }],
    ['bad openForMs', { ...good, openForMs: Infinity }],
    ['bad openForMs', { ...good, openForMs: '1' }],
    ['bad at', { ...good, at: NaN }],
    ['bad at', { ...good, at: 'now' }],
    ['bad window', { ...good, window: {} }],
    ['bad window', { ...good, window: [1] }],
    ['bad window', { ...good, window: [[1, 2, 1]] }],
    ['bad window', { ...good, window: [[-1, 2, 1, 0]] }],
    ['bad window', { ...good, window: [[1, -2, 1, 0]] }],
    ['bad window', { ...good, window: [[1, 2, 3, 0]] }],
    ['bad window', { ...good, window: [[1, 2, 0, 3]] }],
    ['bad window', { ...good, window: [[1, 2, 0, 'x']] }],
    ['bad window', { ...good, window: [[1, 2, 'x', 0]] }],
  ])('B7 %s: closes, tells and does not throw', async (reason, input) => {
    const { breaker, failTimes } = process_();
    await failTimes(5);
    const failed = vi.fn();
    const transition = vi.fn();
    breaker.on('restoreFailed', failed);
    breaker.on('transition', transition);
    const before = JSON.stringify(input);
    expect(breaker.restore(input)).toBe(false);
    expect(JSON.stringify(input)).toBe(before);
    expect(failed.mock.calls).toEqual([[{ reason, key: 'db' }]]);
    expect(transition.mock.calls).toEqual([
      [expect.objectContaining({ from: 'open', to: 'closed', reason: 'restored' })],
    ]);
    expect(breaker.export()).toMatchObject({ state: 'closed', openings: 0 });
  });

  it('B7 do not change their input, and accept it frozen', () => {
    const frozen = Object.freeze({ ...good, window: Object.freeze([Object.freeze([1, 2, 1, 0])]) });
    const { breaker } = process_({ window: { type: 'count' } });
    expect(breaker.restore(frozen)).toBe(true);
    expect(frozen.window).toEqual([[1, 2, 1, 0]]);
  });
});

describe('memoryBreakerStore', () => {
  it.each(breakerStoreContract)('$title', ({ check }) => check(memoryBreakerStore()));
});

describe('persistBreaker', () => {
  afterEach(() => vi.restoreAllMocks());

  it('saves each transition and restores in the next process', async () => {
    const store = memoryBreakerStore();
    const a = process_();
    const first = await persistBreaker(a.breaker, { store, key: 'db' });
    expect(await store.load('db')).toBeUndefined();
    await a.failTimes(5);
    await a.clock.advance(0);
    expect(await store.load('db')).toMatchObject({ revision: 1, state: { state: 'open' } });
    const b = process_({}, a.clock.now() + 1_000);
    await persistBreaker(b.breaker, { store, key: 'db' });
    expect(
      await errorOf(
        b.breaker.execute(() => 1),
        b.clock,
      ),
    ).toMatchObject({ retryAfterMs: 59_000 });
    expect(await store.load('db')).toMatchObject({ revision: 1 });
    await first[Symbol.asyncDispose]();
    expect(await store.load('db')).toMatchObject({ revision: 2 });
    a.breaker.isolate();
    await a.clock.advance(0);
    expect(await store.load('db')).toMatchObject({ revision: 2 });
  });

  it('takes over what another process saved, now and then or on request', async () => {
    const store = memoryBreakerStore();
    const [a, b] = [process_(), process_()];
    await persistBreaker(a.breaker, { store, key: 'db' });
    const other = await persistBreaker(b.breaker, { store, key: 'db', refreshMs: 1_000, clock: b.clock });
    a.breaker.isolate();
    await a.clock.advance(0);
    await b.clock.advance(999);
    expect(b.breaker.state).toBe('closed');
    await b.clock.advance(1);
    expect(b.breaker.state).toBe('isolated');
    a.breaker.release();
    await a.clock.advance(0);
    await other.refresh();
    expect(b.breaker.state).toBe('closed');
    a.breaker.isolate();
    await b.clock.advance(1_000);
    expect(b.breaker.state).toBe('isolated');
    await other[Symbol.asyncDispose]();
    expect(b.clock.pendingTimers).toBe(0);
  });

  it.each<[string, (a: ReturnType<typeof process_>, b: ReturnType<typeof process_>) => Promise<void> | void, string]>([
    [
      'theirs is held, mine open',
      async (a, b) => {
        await b.failTimes(5);
        a.breaker.isolate();
      },
      'isolated',
    ],
    [
      'mine is held, theirs open',
      async (a, b) => {
        b.breaker.isolate();
        await a.failTimes(5);
      },
      'isolated',
    ],
    [
      'theirs stays open longer',
      async (a, b) => {
        await b.failTimes(5);
        await Promise.all([a.clock.advance(10), b.clock.advance(10)]);
        await a.failTimes(5);
      },
      'open',
    ],
    [
      'theirs is closed, mine open',
      async (a, b) => {
        await b.failTimes(5);
        a.breaker.isolate();
        a.breaker.release();
      },
      'open',
    ],
    [
      'theirs is open, mine closed',
      async (a, b) => {
        b.breaker.isolate();
        b.breaker.release();
        await a.failTimes(5);
      },
      'open',
    ],
  ])('a conflict is settled: %s', async (_name, change, state) => {
    const store = memoryBreakerStore();
    const [a, b] = [process_(), process_()];
    const [mine, theirs] = [
      await persistBreaker(b.breaker, { store, key: 'db' }),
      await persistBreaker(a.breaker, { store, key: 'db' }),
    ];
    // Nothing is saved while both change; then theirs is first.
    const save = store.save.bind(store);
    vi.spyOn(store, 'save').mockImplementation(() => Promise.reject(new Error('offline')));
    await change(a, b);
    await Promise.all([a.clock.advance(0), b.clock.advance(0)]);
    vi.spyOn(store, 'save').mockImplementation(save);
    await theirs.flush();
    await mine.flush();
    expect(b.breaker.state).toBe(state);
    await theirs.refresh();
    expect(a.breaker.state).toBe(state);
    expect(a.breaker.export().at).toBe(b.breaker.export().at);
  });

  it('saves afresh what was deleted or damaged in the store', async () => {
    const store = memoryBreakerStore();
    const a = process_();
    const persistence = await persistBreaker(a.breaker, { store, key: 'db' });
    await persistence.flush();
    await store.delete('db');
    await persistence.flush();
    expect(await store.load('db')).toMatchObject({ revision: 1 });
    await store.save('db', { broken: true } as never, 1);
    await persistence.flush();
    expect(await store.load('db')).toMatchObject({ revision: 3, state: { state: 'closed' } });
  });

  it('a store that fails is reported and harms nothing', async () => {
    const error = new Error('disk');
    const broken: BreakerStateStore = {
      load: () => Promise.reject(error),
      save: () => Promise.reject(error),
      delete: () => Promise.reject(error),
    };
    const { breaker, failTimes, clock } = process_();
    const persistence = await persistBreaker(breaker, { store: broken, key: 'db' });
    const failed = vi.fn();
    persistence.on('storeFailed', failed);
    await failTimes(5);
    await clock.advance(0);
    await persistence.refresh();
    expect(failed.mock.calls).toEqual([[{ during: 'save', error }], [{ during: 'load', error }]]);
    expect(breaker.state).toBe('open');
    persistence.off('storeFailed', failed);
    await persistence.flush();
    expect(failed).toHaveBeenCalledTimes(2);
  });
});
