import { describe, expect, it } from 'vitest';
import type { FailpointName } from '../src/index.ts';
import { Crash } from './kit/crash.ts';
import { drive } from './kit/drive.ts';
import { mutants, type Mutant, type Ports } from './kit/mutants.ts';
import { complaints } from './kit/oracle.ts';
import { dayMs, World } from './kit/world.ts';

/** Plays one fault against a scheduler on these ports; tells what went wrong. */
type Scenario = (mutate: Mutant) => Promise<string[]>;

const unchanged: Mutant = (ports) => ports;

function portsOf(world: World, mutate: Mutant): Ports {
  return mutate({ source: world.graph, vault: world.vault, journal: world.journal }, world);
}

/** Dies at a failpoint; the rest is done by a second life. */
function killed(name: FailpointName, nth: number): Scenario {
  return async (mutate) => {
    using world = new World();
    const ids = await world.addSessions(12);
    const crash = new Crash(name, nth);
    const first = world.scheduler({ ...mutate(crash.ports(world), world), failpoint: crash.failpoint });
    await expect(drive(world.clock, first.runOnce())).rejects.toThrow(`killed at ${name}`);

    const cursor = world.journal.runs({ limit: 1 })[0]?.cursor?.id ?? '';
    const passed = ids
      .filter((id) => id <= cursor && world.graph.archives(id).length === 0)
      .map((id) => `the cursor passed ${id}`);
    await world.run(world.scheduler(portsOf(world, mutate)));
    return [...passed, ...complaints(world.graph, world.vault.evidence(), ids)];
  };
}

/** Acknowledges one archive and forgets it. */
const losesAnArchive: Scenario = async (mutate) => {
  using world = new World();
  const ids = await world.addSessions(6);
  let lost = false;
  world.vault.forget = ({ sessionId }) => {
    const forgets = !lost && sessionId === 's002';
    lost ||= forgets;
    return forgets;
  };
  await world.run(world.scheduler(portsOf(world, mutate)));
  return complaints(world.graph, world.vault.evidence(), ids);
};

/** Edits a session that is under way. */
const editsLeased: Scenario = async (mutate) => {
  using world = new World();
  const ids = await world.addSessions(3);
  world.vault.onCall = () => {
    if (world.vault.calls === 1) world.graph.addPrompt('s001', { role: 'user', content: 'one more thing' });
  };
  await world.run(world.scheduler(portsOf(world, mutate)));
  await world.clock.advance(31 * dayMs);
  await world.run(world.scheduler(portsOf(world, mutate)));
  return complaints(world.graph, world.vault.evidence(), ids);
};

/** Deletes an archived session and makes another of the same name. */
const reusesAName: Scenario = async (mutate) => {
  using world = new World();
  for (const words of ['the first', 'the second']) {
    world.graph.deleteSession('s');
    world.graph.createSession({ id: 's', modelId: 'm' });
    world.graph.addPrompt('s', { role: 'user', content: words });
    await world.clock.advance(31 * dayMs);
    await world.run(world.scheduler(portsOf(world, mutate)));
  }
  // Both are version 2 of a session `s`; only the content of the present one is looked at.
  return complaints(world.graph, world.vault.evidence(), ['s']).filter((complaint) => !/ 2 times$/.test(complaint));
};

/** Two schedulers at once. */
const runsTwice: Scenario = async (mutate) => {
  using world = new World();
  const ids = await world.addSessions(60);
  const ports = portsOf(world, mutate);
  world.vault.onCall = () => new Promise((resolve) => setImmediate(resolve));
  const both = ['a', 'b'].map((owner) => world.scheduler({ ...ports, owner }).runOnce());
  await drive(world.clock, Promise.all(both));
  const { posts } = world.vault;
  const found = complaints(world.graph, world.vault.evidence(), ids);
  return posts <= 75 ? found : [...found, `${posts} archives were sent for 60 sessions`];
};

/** A scheduler whose clock is 90 days ahead claims everything and dies. */
const diesAhead: Scenario = async (mutate) => {
  using world = new World();
  const ids = await world.addSessions(5);
  const ports = portsOf(world, mutate);
  world.clock.jumpWall(90 * dayMs);
  await ports.source.claim(ids, { owner: 'ahead', ttlMs: 60_000 });
  world.clock.jumpWall(-90 * dayMs);
  await world.run(world.scheduler(ports));
  await world.clock.advance(120_000);
  await world.run(world.scheduler(ports));
  return complaints(world.graph, world.vault.evidence(), ids);
};

const caughtBy: Record<string, Scenario> = {
  'no idempotency key': killed('after-put-before-ack', 1),
  'mark before ack': killed('after-mark', 2),
  'no read-back': losesAnArchive,
  'cursor moved early': killed('before-put', 2),
  'mark without compare-and-set': editsLeased,
  'key without content hash': reusesAName,
  'no lease': runsTwice,
  'wall-clock lease': diesAhead,
};

describe('S8: the fault tests notice a scheduler that is wrong', () => {
  it.each(Object.keys(mutants))('%s', async (name) => {
    const scenario = caughtBy[name]!;
    expect(await scenario(unchanged)).toEqual([]);
    expect(await scenario(mutants[name]!)).not.toEqual([]);
  });
});
