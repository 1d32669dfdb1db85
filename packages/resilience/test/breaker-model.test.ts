import fc from 'fast-check';
import { expect, it } from 'vitest';
import { circuitBreaker, isCircuitOpenError } from '../src/index.ts';
import { TestClock } from '../src/testing/index.ts';

const openMs = 1_000;
const leaseMs = 300;
const calmMs = 400;
const settings = {
  failureThreshold: 3,
  successThreshold: 2,
  openDurationMs: openMs,
  halfOpenProbes: 2,
  probeLeaseMs: leaseMs,
  calmMs,
  openBackoffMultiplier: 2,
  maxOpenDurationMs: 3_000,
};

interface Ticket {
  generation: number;
  probe: boolean;
  startedAt: number;
}

/** The reference: the same rules in the plainest form. */
class Reference {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  hold: 'isolated' | 'disabled' | undefined;
  generation = 0;
  failures = 0;
  successes = 0;
  openings = 0;
  now = 0;
  openUntil = 0;
  closedSince = -calmMs;
  halfOpenSince = 0;
  probes: Ticket[] = [];
  transitions = 0;

  go(state: Reference['state'], hold?: Reference['hold']): void {
    if ((this.hold ?? this.state) !== (hold ?? state)) this.transitions += 1;
    this.generation += 1;
    Object.assign(this, { state, hold, probes: [] });
  }
  open(): void {
    const calm = this.state === 'closed' && this.now - this.closedSince >= calmMs;
    this.openings = calm ? 1 : this.openings + 1;
    this.go('open');
    this.failures = 0;
    this.openUntil = this.now + Math.min(3_000, openMs * 2 ** (this.openings - 1));
  }
  close(): void {
    this.go('closed');
    this.failures = 0;
    this.closedSince = this.now;
  }
  start(): Ticket | undefined {
    if (this.hold === 'isolated') return undefined;
    const plain = { generation: this.generation, probe: false, startedAt: this.now };
    if (this.hold === 'disabled' || this.state === 'closed') return plain;
    if (this.state === 'half-open' && this.probes.some((probe) => this.now - probe.startedAt >= leaseMs)) this.open();
    else if (this.state === 'open' && this.now >= this.openUntil) {
      this.go('half-open');
      this.successes = 0;
      this.halfOpenSince = this.now;
    }
    if (this.state === 'open' || this.probes.length >= 2) return undefined;
    const ticket = { generation: this.generation, probe: true, startedAt: this.now };
    this.probes.push(ticket);
    return ticket;
  }
  end(ticket: Ticket, verdict: 'success' | 'failure' | 'ignored'): void {
    if (ticket.generation !== this.generation || this.hold !== undefined) return;
    if (!ticket.probe) {
      if (verdict === 'success') this.failures = 0;
      if (verdict === 'failure' && ++this.failures >= 3) this.open();
      return;
    }
    this.probes = this.probes.filter((probe) => probe !== ticket);
    if (verdict === 'failure') this.open();
    else if (verdict === 'ignored' && this.now - this.halfOpenSince >= leaseMs) this.open();
    else if (verdict === 'success' && ++this.successes >= 2) this.close();
  }
}

type Op =
  | { readonly do: 'start' }
  | { readonly do: 'end'; readonly which: number; readonly how: 'success' | 'failure' | 'ignored' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'isolate' | 'disable' | 'release' | 'reset' | 'restart' };

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Op>({ do: 'start' }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(7),
      how: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const, 'ignored' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 50, 299, 300, 999, 1_000, 3_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'isolate' as const,
        'disable' as const,
        'release' as const,
        'reset' as const,
        'restart' as const,
      ),
    }),
  },
);

it('X2 follows the reference machine over 100,000 random steps', async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 200, maxLength: 200 }), async (ops) => {
      const clock = new TestClock();
      const classify = ({ ok, error }: { ok: boolean; error?: unknown }) =>
        ok ? 'success' : error === 'i' ? 'ignored' : 'failure';
      const create = () => {
        const made = circuitBreaker({ ...settings, clock, classify });
        made.on('transition', ({ from, to }) => {
          expect(from).not.toBe(to);
          expect(made.state).toBe(to);
          transitions += 1;
        });
        return made;
      };
      let transitions = 0;
      let breaker = create();
      const model = new Reference();
      let running: { ticket: Ticket; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];
      for (const each of ops) {
        steps += 1;
        if (each.do === 'start') {
          const ticket = model.start();
          let started = false;
          const call = breaker.execute(
            () =>
              new Promise((resolve, reject) => {
                started = true;
                if (ticket !== undefined) running.push({ ticket, resolve, reject });
              }),
          );
          call.catch(() => undefined);
          expect(started).toBe(ticket !== undefined);
          if (ticket === undefined) {
            const error: unknown = await call.catch((thrown: unknown) => thrown);
            expect(isCircuitOpenError(error) && error.state).toBe(model.hold ?? model.state);
          }
        } else if (each.do === 'end') {
          const [call] = running.splice(each.which % Math.max(1, running.length), 1);
          if (call === undefined) continue;
          model.end(call.ticket, each.how);
          if (each.how === 'success') call.resolve(1);
          else call.reject(each.how === 'ignored' ? 'i' : 'f');
          for (let tick = 0; tick < 5; tick += 1) await Promise.resolve();
        } else if (each.do === 'wait') {
          model.now += each.ms;
          // Nothing in a breaker runs by a timer, so there is nothing to wait for.
          clock.leap(each.ms);
        } else if (each.do === 'isolate') {
          if (model.hold !== 'isolated') model.go(model.state, 'isolated');
          breaker.isolate();
        } else if (each.do === 'disable') {
          if (model.hold !== 'disabled') model.go(model.state, 'disabled');
          breaker.disable();
        } else if (each.do === 'release') {
          if (model.hold !== undefined) model.close();
          breaker.release();
        } else if (each.do === 'reset') {
          model.close();
          model.openings = 0;
          breaker.reset();
        } else {
          // A new process takes over: calls under way are lost, everything else stays.
          const stored: unknown = JSON.parse(JSON.stringify(breaker.export()));
          const before = transitions;
          breaker = create();
          breaker.restore(stored);
          transitions = before;
          running = [];
          model.probes = [];
          model.generation += 1;
        }
        expect(breaker.state).toBe(model.hold ?? model.state);
        expect(transitions).toBe(model.transitions);
      }
    }),
    { numRuns: 520, seed: 20_261_124 },
  );
  expect(steps).toBeGreaterThan(100_000);
}, 120_000);
