import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { ArchivalScheduler, type RunReport, type SchedulerConfig, type SchedulerOptions } from '../../src/index.ts';
import { SqliteRunJournal } from '../../src/node/index.ts';
import { drive } from './drive.ts';
import { FakeVault } from './fake-vault.ts';

export const dayMs = 86_400_000;

/** A real graph and a real journal, in memory, a fake vault and registry, and one clock for all. */
export class World implements Disposable {
  readonly clock = new TestClock();
  readonly vault = new FakeVault();
  readonly graph: MemoryGraph;
  readonly journal = new SqliteRunJournal({ path: ':memory:', clock: this.clock });
  readonly registered: string[] = [];
  /** What the sessions held when they were added. */
  readonly documents = new Map<string, Uint8Array>();
  readonly registry = { markArchived: (id: string): void => void this.registered.push(id) };
  insideGraph: (name: 'inside-mark' | 'mid-prune') => void = () => undefined;

  constructor(path = ':memory:') {
    this.graph = MemoryGraph.open({
      path,
      clock: this.clock,
      failpoint: (name) => this.insideGraph(name),
    });
  }

  /** Adds `count` sessions of some words each, and makes them `ageDays` old. */
  async addSessions(count: number, ageDays = 31, prefix = 's'): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(3, '0')}`);
    for (const id of ids) {
      this.graph.createSession({ id, modelId: 'gpt-4', tags: ['chat'], metadata: { userId: 'u' } });
      this.graph.addPrompt(id, { role: 'user', content: `words of ${id}` });
      this.documents.set(id, this.graph.load(id)!.bytes);
    }
    await this.clock.advance(ageDays * dayMs);
    return ids;
  }

  scheduler(options: Partial<SchedulerOptions> = {}, config: SchedulerConfig = {}): ArchivalScheduler {
    const { clock, vault, registry, journal } = this;
    return new ArchivalScheduler({
      source: this.graph,
      vault,
      registry,
      journal,
      clock,
      random: () => 0.5,
      owner: 'a',
      config: { batchSize: 5, ...config },
      ...options,
    });
  }

  run(scheduler: ArchivalScheduler = this.scheduler()): Promise<RunReport> {
    return drive(this.clock, scheduler.runOnce());
  }

  [Symbol.dispose](): void {
    this.graph.close();
    this.journal[Symbol.dispose]();
  }
}
