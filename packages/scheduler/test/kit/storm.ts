import { createHash } from 'node:crypto';
import { failpointNames, type RunJournal } from '../../src/index.ts';
import { Crash } from './crash.ts';
import { drive } from './drive.ts';
import type { Mutant, Ports } from './mutants.ts';
import { complaints } from './oracle.ts';
import { Seeded } from './seeded.ts';
import { dayMs, World } from './world.ts';

const lives = 6;
const batchSize = 5;
const aims = failpointNames.filter((name) => !name.endsWith('-prune') && name !== 'during-drain');

/**
 * A campaign in one process and in fake time, drawn from a seed: schedulers alone and in pairs that are killed, lose
 * answers and archives, meet edits of what they hold, sessions that take an old name, and clocks that jump.
 *
 * @returns what was wrong
 */
export async function storm(seed: number, mutate: Mutant): Promise<string[]> {
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  // Digests of the platform come from a thread pool, in an order that no seed decides.
  crypto.subtle.digest = async (_name, data) =>
    Uint8Array.from(
      createHash('sha256')
        .update(data as Uint8Array)
        .digest(),
    ).buffer;
  try {
    return await new Storm(new Seeded(seed), mutate).run();
  } finally {
    crypto.subtle.digest = digest;
  }
}

class Storm {
  readonly #world = new World();
  readonly #seeded: Seeded;
  readonly #mutate: Mutant;
  readonly #found: string[] = [];
  readonly #finished = new Map<string, Set<string>>();
  #ids: string[] = [];
  #edits = 0;

  constructor(seeded: Seeded, mutate: Mutant) {
    this.#seeded = seeded;
    this.#mutate = mutate;
  }

  async run(): Promise<string[]> {
    using world = this.#world;
    this.#ids = await world.addSessions(24);
    for (let life = 0; life < lives; life += 1) {
      const draw = this.#seeded.next();
      if (draw < 0.5) await this.#killed();
      else if (draw < 0.7) await this.#pair();
      else if (draw < 0.8) await this.#diesAhead();
      else if (draw < 0.9) await this.#jumps();
      else await this.#alone();
      await this.#touch();
    }
    world.vault.forget = () => false;
    for (let i = 0; i < 2; i += 1) {
      await world.clock.advance(31 * dayMs);
      await this.#run(this.#ports(), 'last');
    }
    const complaintsInTheEnd = complaints(world.graph, world.vault.evidence(), this.#ids);
    return [...new Set([...this.#found, ...complaintsInTheEnd])];
  }

  /** Ports of a process; the journal tells when the cursor passes what is not finished. */
  #ports(crash?: Crash): Ports {
    const { graph, vault, journal } = this.#world;
    const ports = crash?.ports(this.#world) ?? { source: graph, vault, journal };
    const mutated = this.#mutate({ ...ports, journal: this.#watched(ports.journal) }, this.#world);
    return crash === undefined ? mutated : { ...mutated, vault: crash.mortal(mutated.vault) };
  }

  #watched(journal: RunJournal): RunJournal {
    return new Proxy(journal, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target) as (...args: unknown[]) => unknown;
        if (key !== 'checkpoint') return value.bind(target);
        return (...args: Parameters<RunJournal['checkpoint']>) => {
          this.#look(args[0], args[1]);
          return target.checkpoint(...args);
        };
      },
    });
  }

  #look(
    run: Parameters<RunJournal['checkpoint']>[0],
    { results, cursor }: Parameters<RunJournal['checkpoint']>[1],
  ): void {
    const finished = this.#finished.get(run.runId) ?? new Set<string>();
    this.#finished.set(run.runId, finished);
    for (const { sessionId } of results) finished.add(sessionId);
    if (cursor === undefined) return;
    for (const { id, updatedAt } of this.#world.graph.due(cursor.updatedAt, { limit: 1000 })) {
      const passed = updatedAt < cursor.updatedAt || id <= cursor.id;
      if (passed && !finished.has(id)) this.#found.push(`the cursor passed ${id}`);
    }
  }

  async #run(ports: Ports, owner: string, options: object = {}): Promise<void> {
    const scheduler = this.#world.scheduler({ ...ports, owner, ...options }, { batchSize });
    await drive(this.#world.clock, scheduler.runOnce());
    for (const { sessionId } of await scheduler.parked()) await scheduler.unpark([sessionId]);
  }

  async #killed(): Promise<void> {
    const crash = new Crash(this.#seeded.of(aims), 1 + this.#seeded.below(8));
    this.#disturb();
    try {
      await this.#run(this.#ports(crash), 'a', { failpoint: crash.failpoint });
    } catch (error) {
      if (!crash.dead) throw error;
    }
    this.#calm();
  }

  async #alone(): Promise<void> {
    this.#disturb();
    await this.#run(this.#ports(), 'a');
    this.#calm();
  }

  /** Two at once, undisturbed: they send hardly more than one would. */
  async #pair(): Promise<void> {
    const { vault, clock } = this.#world;
    const [posts, held] = [vault.posts, vault.held.size];
    vault.onCall = () => new Promise((resolve) => setImmediate(resolve));
    const ports = this.#ports();
    const runs = ['a', 'b'].map((owner) => this.#world.scheduler({ ...ports, owner }, { batchSize }).runOnce());
    await drive(clock, Promise.all(runs));
    vault.onCall = () => undefined;
    const [sent, stored] = [vault.posts - posts, vault.held.size - held];
    if (sent > stored * 1.25 + batchSize) this.#found.push(`${String(sent)} sent, ${String(stored)} stored`);
  }

  /** A scheduler whose clock is 90 days ahead claims some and dies. */
  async #diesAhead(): Promise<void> {
    const { clock } = this.#world;
    clock.jumpWall(90 * dayMs);
    await this.#ports().source.claim(this.#ids.slice(this.#seeded.below(12)), { owner: 'ahead', ttlMs: 60_000 });
    clock.jumpWall(-90 * dayMs);
  }

  async #jumps(): Promise<void> {
    const { clock, vault } = this.#world;
    const ms = this.#seeded.of([dayMs / 24, 90 * dayMs]) * this.#seeded.of([1, -1]);
    const jumps: number[] = [];
    vault.onCall = () => {
      if (jumps.length > 0) return;
      clock.jumpWall(ms);
      jumps.push(ms);
    };
    await this.#run(this.#ports(), 'a');
    vault.onCall = () => undefined;
    for (const jump of jumps) clock.jumpWall(-jump);
  }

  /** Edits what is being stored, and lets the vault lose answers and archives. */
  #disturb(): void {
    const { vault } = this.#world;
    vault.onCall = (requests) => {
      if (this.#seeded.next() < 0.3) this.#edit(this.#seeded.of(requests).sessionId);
      if (this.#seeded.next() < 0.1) throw new Error('no route');
    };
    vault.forget = () => this.#seeded.next() < 0.03;
  }

  #calm(): void {
    this.#world.vault.onCall = () => undefined;
    this.#world.vault.forget = () => false;
  }

  /** Between lives: edits, a new session under an old name, and time that passes. */
  async #touch(): Promise<void> {
    const { graph, clock } = this.#world;
    for (let i = 0; i < 6; i += 1) this.#edit(this.#seeded.of(this.#ids));
    const archived = this.#ids.filter((id) => graph.archives(id).length > 0);
    if (archived.length > 0) {
      const id = this.#seeded.of(archived);
      const { version } = graph.getSession(id)!;
      graph.deleteSession(id);
      graph.createSession({ id, modelId: 'gpt-4' });
      while (graph.getSession(id)!.version < version) this.#edit(id);
    }
    await clock.advance(this.#seeded.of([1000, 120_001, 31 * dayMs]));
  }

  #edit(id: string): void {
    if (this.#world.graph.getSession(id) === undefined) return;
    this.#world.graph.addPrompt(id, { role: 'user', content: `edit ${String(this.#edits)}` });
    this.#edits += 1;
  }
}
