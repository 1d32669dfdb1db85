import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import {
  ArchivalScheduler,
  type Failpoint,
  type RunReport,
  type SchedulerConfig,
  type SchedulerOptions,
} from '../../src/index.ts';
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
  readonly registry = { markArchived: (id: string): void => void this.registered.push(id) };
  insideMark: (name: 'inside-mark') => void = () => undefined;

  constructor(path = ':memory:') {
    this.graph = MemoryGraph.open({
      path,
      clock: this.clock,
      failpoint: (name) => this.insideMark(name),
    });
  }

  /** Adds `count` sessions of some words each, and makes them `ageDays` old. */
  async addSessions(count: number, ageDays = 31, prefix = 's'): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(3, '0')}`);
    for (const id of ids) {
      this.graph.createSession({ id, modelId: 'gpt-4', tags: ['chat'], metadata: { userId: 'u' } });
      this.graph.addPrompt(id, { role: 'user', content: `words of ${id}` });
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

  /** Routes the failpoints that lie behind the ports to `failpoint`. */
  set failpoint(failpoint: Failpoint) {
    this.vault.failpoint = failpoint;
    this.insideMark = (name) => void failpoint(name);
  }

  [Symbol.dispose](): void {
    this.graph.close();
    this.journal[Symbol.dispose]();
  }
}
