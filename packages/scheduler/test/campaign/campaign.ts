import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { startMockServices, type Fault } from '@llm-memory-graph/mock-services';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { archivePort, VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchivalScheduler } from '../../src/index.ts';
import { SqliteRunJournal } from '../../src/node/index.ts';
import { lifeOf, type Life } from './life.ts';
import { Seeded } from '../kit/seeded.ts';
import { addConversations } from './sessions.ts';
import { campaignConfig, keyOf, vaultKey } from './settings.ts';
import { verdict, type Versions } from './verdict.ts';

const dayMs = 86_400_000;
const processes = 3;

/** What a campaign went through. */
export interface Tally {
  lives: number;
  sigkills: number;
  zombies: number;
  sigterms: number;
  wrongClocks: number;
  edits: number;
  repaired: number;
  faults: Record<string, number>;
  archives: number;
}

const vaultFaults: readonly Fault[] = [
  { name: 'lost-answer', kind: 'lost-answer', service: 'vault', method: 'POST', probability: 0.03 },
  { name: 'reset', kind: 'reset', at: 'after-headers', service: 'vault', probability: 0.005 },
  { name: 'down', kind: 'status', status: 503, service: 'vault', probability: 0.01 },
  { name: 'late', kind: 'latency', ms: { min: 1, max: 60 }, service: 'vault', probability: 0.05 },
  { name: 'dropped', kind: 'dropped-write', service: 'vault', method: 'POST', probability: 0.01 },
  { name: 'corrupted', kind: 'corrupted-write', service: 'vault', method: 'POST', probability: 0.01 },
  {
    name: 'corrupted-stale',
    kind: 'corrupted-write',
    digest: 'stale',
    service: 'vault',
    method: 'POST',
    probability: 0.01,
  },
];

/** A message of a worker. */
interface News {
  readonly storing?: readonly string[];
  readonly archived?: number;
}

/**
 * Real sessions, three processes on one graph, a vault whose faults are drawn from the seed. Goes on until everything
 * is archived and at least `kills` processes were killed.
 *
 * @returns what is wrong in the end, judged from the vault's own records, and what it went through
 */
export async function campaign(options: {
  readonly seed: number;
  readonly sessions: number;
  readonly kills: number;
}): Promise<{ readonly complaints: string[]; readonly tally: Tally }> {
  const directory = mkdtempSync(join(tmpdir(), 'campaign-'));
  writeFileSync(join(directory, 'key'), generateKey());
  const services = await startMockServices({
    vaultApiKey: vaultKey,
    dataDir: join(directory, 'services'),
    seed: options.seed,
    faults: vaultFaults,
  });
  try {
    return await new Campaign(directory, services, options).run();
  } finally {
    await services.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

class Campaign {
  readonly #directory: string;
  readonly #services: Awaited<ReturnType<typeof startMockServices>>;
  readonly #options: { readonly seed: number; readonly sessions: number; readonly kills: number };
  readonly #seeded: Seeded;
  readonly #graph: MemoryGraph;
  readonly #ids: readonly string[];
  readonly #versions: Versions = new Map();
  readonly #tally: Tally = {
    lives: 0,
    sigkills: 0,
    zombies: 0,
    sigterms: 0,
    wrongClocks: 0,
    edits: 0,
    repaired: 0,
    faults: {},
    archives: 0,
  };

  constructor(
    directory: string,
    services: Awaited<ReturnType<typeof startMockServices>>,
    options: { readonly seed: number; readonly sessions: number; readonly kills: number },
  ) {
    this.#directory = directory;
    this.#services = services;
    this.#options = options;
    this.#seeded = new Seeded(options.seed);
    const path = join(directory, 'graph.sqlite');
    // All that is added and edited here is two days old, and due; what is young is not.
    const old = Date.now() - 2 * dayMs;
    this.#graph = MemoryGraph.open({ path, busyTimeoutMs: 30_000, clock: { now: () => old } });
    this.#ids = addConversations(this.#graph, options.sessions, 'old-');
    for (const id of this.#ids) this.#remember(id);
    using young = MemoryGraph.open({ path });
    addConversations(young, Math.ceil(options.sessions / 20), 'young-');
  }

  async run(): Promise<{ readonly complaints: string[]; readonly tally: Tally }> {
    try {
      await Promise.all(Array.from({ length: processes }, (_, slot) => this.#livesOf(`p${String(slot)}`)));
      for (const { name, hits } of this.#services.faults.list()) this.#tally.faults[name] = hits;
      this.#services.faults.clear();
      await this.#recover();
      const { complaints, archives } = await verdict({
        graph: this.#graph,
        journalPath: join(this.#directory, 'runs.sqlite'),
        client: this.#client(),
        ids: this.#ids,
        versions: this.#versions,
      });
      this.#tally.archives = archives;
      return { complaints, tally: this.#tally };
    } finally {
      this.#graph.close();
    }
  }

  #isDone(): boolean {
    if (this.#graph.due(new Date(Date.now() - dayMs), { limit: 1 }).length > 0) return false;
    return this.#tally.sigkills >= this.#options.kills;
  }

  async #livesOf(owner: string): Promise<void> {
    // Whoever is parked for good cannot be worked on: the end is not waited for, it is what the recovery is for.
    const most = this.#options.kills * 2 + 50;
    while (!this.#isDone() && this.#tally.lives < most) {
      if (this.#tally.sigkills < this.#options.kills) this.#makeWork();
      await this.#live(owner, lifeOf(this.#seeded));
      if (this.#tally.sigkills >= this.#options.kills) break;
    }
  }

  async #live(owner: string, { end, clock }: Life): Promise<void> {
    this.#tally.lives += 1;
    if (Object.keys(clock).length > 0) this.#tally.wrongClocks += 1;
    const child = this.#spawn(owner, end.kind === 'failpoint' ? end.aim : '', clock);
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    let archived = 0;
    child.on('message', (message) => {
      const { storing, archived: more = 0 } = message as News;
      if (storing !== undefined && this.#seeded.next() < 0.15) this.#edit(this.#seeded.of(storing));
      const before = archived;
      archived += more;
      if ('afterSessions' in end && before < end.afterSessions && archived >= end.afterSessions) {
        void this.#finish(child, end.kind);
      }
    });
    const [code, signal] = await exited;
    if (signal === 'SIGKILL') this.#tally.sigkills += 1;
    else if (code !== 0) throw new Error(`a process ended with ${String(code ?? signal)}`);
  }

  async #finish(child: ChildProcess, kind: 'kill' | 'zombie' | 'drain' | 'stop'): Promise<void> {
    if (kind === 'kill') {
      child.kill('SIGKILL');
    } else if (kind === 'zombie') {
      this.#tally.zombies += 1;
      child.kill('SIGSTOP');
      // Longer than its leases last: others take its sessions, and then it wakes up and goes on as if nothing were.
      await sleep(2500);
      child.kill('SIGCONT');
    } else {
      this.#tally.sigterms += 1;
      child.kill('SIGTERM');
      if (kind === 'stop') child.kill('SIGINT');
    }
  }

  #spawn(owner: string, aim: string, clock: Life['clock']): ChildProcess {
    const here = import.meta.dirname;
    const preload = Object.keys(clock).length === 0 ? [] : ['--import', join(here, 'skew.ts')];
    return spawn(
      process.execPath,
      [
        ...preload,
        '--conditions=@llm-memory-graph/source',
        '--disable-warning=ExperimentalWarning',
        join(here, 'worker.ts'),
        this.#directory,
        owner,
        this.#services.vaultUrl,
        aim,
      ],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, ...clock } },
    );
  }

  /** Edits archived sessions when there is little left to archive. */
  #makeWork(): void {
    const left = this.#graph.due(new Date(Date.now() - dayMs), { limit: 60 }).length;
    for (let i = left; i < 60; i += 1) this.#edit(this.#seeded.of(this.#ids));
  }

  #edit(id: string): void {
    this.#graph.addPrompt(id, { role: 'user', content: `one more thing, ${String(this.#tally.edits)}` });
    this.#tally.edits += 1;
    this.#remember(id);
  }

  #remember(id: string): void {
    const { ref, bytes } = this.#graph.load(id)!;
    this.#versions.set(`${id}:${String(ref.version)}`, bytes);
  }

  #client(): VaultClient {
    const keys = localKeyRing({ keys: { campaign: keyOf(this.#directory) }, primary: 'campaign' });
    return new VaultClient({ baseUrl: this.#services.vaultUrl, apiKey: vaultKey, sealer: archiveSealer({ keys }) });
  }

  /** What an operator does: throws away archives that the vault spoilt, releases what was parked, and runs once more. */
  async #recover(): Promise<void> {
    using journal = new SqliteRunJournal({ path: join(this.#directory, 'runs.sqlite'), busyTimeoutMs: 30_000 });
    // The graph that edits has a clock that stands still, under which no lease ever runs out.
    using source = MemoryGraph.open({ path: join(this.#directory, 'graph.sqlite'), busyTimeoutMs: 30_000 });
    const client = this.#client();
    // The leases of the last to be killed have run out by then.
    await sleep(2 * campaignConfig.leaseMs + 100);
    const spoilt = new Set<string>();
    for await (const { archiveId, sessionId } of client.archives()) {
      const sound = await client.verifyArchive(archiveId).then(
        () => true,
        () => false,
      );
      if (sound) continue;
      await client.deleteArchive(archiveId);
      spoilt.add(sessionId);
      this.#tally.repaired += 1;
    }
    // A deleted archive does not come back under its id: the next version of its session gets another.
    for (const id of spoilt) this.#edit(id);
    const scheduler = new ArchivalScheduler({
      source,
      vault: archivePort(client),
      journal,
      owner: 'operator',
      config: campaignConfig,
    });
    for (let round = 0; round < 50; round += 1) {
      const parked = await scheduler.parked({ limit: 1000 });
      await scheduler.unpark(parked.map(({ sessionId }) => sessionId));
      const { outcome, stats } = await scheduler.runOnce();
      if (outcome === 'completed' && stats.totalProcessed === 0) return;
      if (stats.archivedCount === 0) await sleep(campaignConfig.leaseMs);
    }
  }
}
