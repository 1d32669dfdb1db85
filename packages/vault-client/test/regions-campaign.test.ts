import { setImmediate } from 'node:timers/promises';
import { isIntegrationError } from '@llm-memory-graph/http';
import { describe, expect, it } from 'vitest';
import type { MultiRegionVault, WriteTo } from '../src/index.ts';
import { threeRegions, type FaultyRegion, type Fault } from './regions.ts';
import { seededRandom } from './seeded.ts';

/** More of them: `REGION_SEEDS=300 pnpm exec vitest run test/regions-campaign.test.ts`. */
const seeds = Number(process.env['REGION_SEEDS'] ?? 6);
const steps = 70;

/** What callers were told of an archive. */
type Told = 'archived' | 'archiving' | 'deleted' | 'deleting' | 'held' | 'holding';

function isKept(told: Told | undefined): boolean {
  return told === 'archived' || told === 'held' || told === 'holding';
}

/** Callers over three regions that fail at random, and what they were told. */
class Campaign {
  readonly random: () => number;
  readonly book = new Map<string, Told>();
  readonly outcomes = new Set<string>();
  readonly regions: readonly FaultyRegion[];
  readonly vaults: readonly MultiRegionVault[];
  readonly #writeTo: WriteTo;
  /** Which region has lost everything, until the next full repair. */
  #lost: string | undefined;

  constructor(seed: number, writeTo: WriteTo) {
    this.#writeTo = writeTo;
    this.random = seededRandom(seed);
    // In every second one nearly everything is large, and goes in parts.
    const { regions, vaultOver } = threeRegions({ writeTo, hedgeAfterMs: 0, ...(seed % 2 && { maxBatchBytes: 10 }) });
    this.regions = regions;
    // Two processes, neither of which knows what the other one left undone.
    this.vaults = [vaultOver(), vaultOver()];
  }

  /** `undefined` of nothing. */
  pick<T>(of: readonly T[]): T | undefined {
    return of[Math.floor(this.random() * of.length)];
  }

  /** A step that waits for a slow region waits until nothing else moves. */
  async step(): Promise<void> {
    const step = { running: true };
    const acted = this.act().finally(() => (step.running = false));
    for (let turn = 0; step.running; turn++) {
      if (turn > 100) for (const region of this.regions) region.answer();
      await setImmediate();
    }
    await acted;
  }

  async act(): Promise<void> {
    const vault = this.pick(this.vaults) as MultiRegionVault;
    const turn = this.random();
    if (turn < 0.02) await this.loseRegion(vault);
    else if (turn < 0.15) await this.changeWeather();
    else if (turn < 0.45) await this.archive(vault);
    else if (turn < 0.6) await this.delete(vault);
    else if (turn < 0.7) await this.hold(vault);
    else if (turn < 0.9) await this.read(vault);
    else await this.repair(vault);
  }

  async changeWeather(): Promise<void> {
    const region = this.pick(this.regions) as FaultyRegion;
    if (region.fault) region.release();
    else region.fault = this.pick<Fault>(['down', 'deaf', 'slow', 'corrupt']);
    // Mostly one is away, so that something can be done; another one may be damaged.
    if (this.random() < 0.5)
      for (const other of this.regions) if (other !== region && other.fault !== 'corrupt') other.release();
    await Promise.resolve();
  }

  /** A region loses all it has, tombstones too, at a time when the others have everything. */
  async loseRegion(vault: MultiRegionVault): Promise<void> {
    for (const region of this.regions) region.release();
    await vault.repair({ full: true });
    const lost = this.pick(this.regions) as FaultyRegion;
    lost.wipe();
    this.#lost = lost.name;
  }

  async archive(vault: MultiRegionVault): Promise<void> {
    const many = this.random() < 0.3 ? 3 : 1;
    const ids = Array.from({ length: many }, (_, i) => `a${String(this.book.size + i)}`);
    for (const id of ids) this.book.set(id, 'archiving');
    const inputs = ids.map((id) => ({ id, sessionId: `s-${id}`, data: id }));
    const [first] = inputs;
    if (many === 1 && first) {
      const { data, ...rest } = first;
      const call =
        this.random() < 0.5
          ? this.reported('archive', vault.archiveSession(first))
          : this.reported('stream', vault.archiveStream(new Blob([JSON.stringify(data)]).stream(), rest));
      if (await call) this.book.set(first.id, 'archived');
      return;
    }
    for (const id of (await this.reported('archive', vault.batchArchive(inputs)))?.archived ?? [])
      this.book.set(id, 'archived');
  }

  /** What a call gave, or nothing when it failed as calls may. */
  async reported<T>(what: string, call: Promise<T>): Promise<T | undefined> {
    try {
      const result = await call;
      this.outcomes.add(`${what} done`);
      return result;
    } catch (error) {
      if (!isIntegrationError(error)) throw error;
      this.outcomes.add(`${what} failed`);
      return undefined;
    }
  }

  idsTold(...told: Told[]): string[] {
    return [...this.book].flatMap(([id, each]) => (told.includes(each) ? [id] : []));
  }

  async delete(vault: MultiRegionVault): Promise<void> {
    const id = this.pick(this.idsTold('archived', 'deleting', 'held'));
    if (id === undefined) return;
    const before = this.book.get(id);
    if (before !== 'held') this.book.set(id, 'deleting');
    const done = await this.reported(
      'delete',
      vault.deleteArchive(id).then(() => true),
    );
    if (!done) return;
    expect(before, `${id} was deleted under a hold`).not.toBe('held');
    this.book.set(id, 'deleted');
  }

  async hold(vault: MultiRegionVault): Promise<void> {
    const id = this.pick(this.idsTold('archived'));
    if (id === undefined) return;
    // A hold that failed may stand in some region, and keep the archive from a later deletion there.
    this.book.set(id, 'holding');
    if (await this.reported('hold', vault.placeLegalHold(id))) this.book.set(id, 'held');
  }

  async repair(vault: MultiRegionVault): Promise<void> {
    const gone = new Set(this.idsTold('deleted'));
    const cameBack: string[] = [];
    const listener = ({ archiveId }: { archiveId: string }): void => {
      if (gone.has(archiveId)) cameBack.push(archiveId);
    };
    vault.events.on('copied', listener);
    const full = this.random() < 0.5;
    const report = await this.reported('repair', vault.repair({ full }));
    if (full && report?.undecided === 0) this.#lost = undefined;
    vault.events.off('copied', listener);
    expect(cameBack, 'deleted before the repair began').toEqual([]);
  }

  /** At any time: the right content, or an error; 404 and 410 only for what may be gone. */
  async read(vault: MultiRegionVault): Promise<void> {
    const id = this.pick([...this.book.keys()]);
    if (id === undefined) return;
    const told = this.book.get(id);
    try {
      if (this.random() < 0.5) expect((await vault.retrieveSession(id)).data).toBe(id);
      else expect(await textOf(vault.retrieveStream(id))).toBe(JSON.stringify(id));
    } catch (error) {
      if (!isIntegrationError(error)) throw error;
      // A primary that lost everything still decides alone that there is nothing.
      if (this.#writeTo !== 'quorum' && this.#lost === this.#writeTo.primary && error.status === 404) return;
      if (isKept(told)) expect([404, 410], `${id} was ${told}`).not.toContain(error.status);
    }
  }

  /** All regions are back, and one process repairs what both have left. */
  async settle(): Promise<void> {
    const [, vault] = this.vaults as [MultiRegionVault, MultiRegionVault];
    for (const region of this.regions) region.release();
    for (const each of this.vaults) await each.idle();
    await vault.repair({ full: true });
    const { mended, undecided, unreachable } = await vault.repair({ full: true });
    expect({ mended, undecided, unreachable }).toEqual({ mended: 0, undecided: 0, unreachable: [] });
  }

  async checkRegions(): Promise<void> {
    for (const region of this.regions) {
      const direct = region.direct();
      for (const [id, told] of this.book) {
        const found = await direct.retrieveSession(id).then(
          ({ data }) => data,
          (error: unknown) => (isIntegrationError(error) ? error.status : error),
        );
        const where = `${id}, told ${told}, in ${region.name}`;
        if (isKept(told)) expect(found, where).toBe(id);
        else if (told === 'deleted') expect([404, 410], where).toContain(found);
        else expect([id, 404, 410], where).toContain(found);
        if (told === 'held') expect((await direct.getArchiveMetadata(id)).legalHold, where).toBeTruthy();
      }
      const states = await Promise.all([...this.book.keys()].map((id) => stateIn(direct, id)));
      this.#first ??= states;
      expect(states, `${region.name} differs`).toEqual(this.#first);
    }
  }
  #first: unknown;
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function stateIn(direct: ReturnType<FaultyRegion['direct']>, id: string): Promise<unknown> {
  return direct.getArchiveMetadata(id).then(
    () => 'held',
    // Nowhere and gone are both no archive.
    () => 'none',
  );
}

describe.each<[string, WriteTo]>([
  ['a quorum', 'quorum'],
  ['a primary', { primary: 'us' }],
])('regions under faults, written to %s', (_name, writeTo) => {
  const seen = new Set<string>();

  it.each(Array.from({ length: seeds }, (_, i) => i + 1))(
    'what was archived is everywhere, what was deleted nowhere, and nothing is wrong in between (seed %i)',
    async (seed) => {
      const campaign = new Campaign(seed, writeTo);
      for (let i = 0; i < steps; i++) await campaign.step();
      await campaign.settle();
      await campaign.checkRegions();
      for (const outcome of campaign.outcomes) seen.add(outcome);
    },
  );

  it('has seen calls that succeeded and calls that did not', () => {
    for (const what of ['archive done', 'stream done', 'delete done', 'hold done']) expect(seen).toContain(what);
    expect([...seen].some((what) => what.endsWith('failed'))).toBe(true);
  });
});
