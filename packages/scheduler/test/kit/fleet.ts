import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ended, startProcess, type Disk } from './disk.ts';

interface News {
  readonly stored?: number;
  readonly started?: boolean;
  readonly finished?: string;
  readonly failed?: string;
  readonly counts?: { readonly archived: number; readonly failed: number; readonly skipped: number };
}

/** A process of a fleet, as its parent sees it. */
export class FleetProcess {
  readonly child: ChildProcess;
  readonly news: News[] = [];
  readonly #ended: Promise<NodeJS.Signals | null>;

  /** @param aim where the first process of the fleet that comes by dies, as `<failpoint>:<nth>` */
  constructor(disk: Disk, url: string, owner: string, processes: number, aim = '') {
    this.child = startProcess('fleet-process.ts', [disk.directory, url, owner, String(processes), aim]);
    this.child.on('message', (message) => {
      if (typeof message === 'object') this.news.push(message);
    });
    this.#ended = ended(this.child);
    this.#ended.catch(() => undefined);
  }

  get stored(): number {
    return this.news.reduce((sum, { stored = 0 }) => sum + stored, 0);
  }

  async ready(): Promise<this> {
    await once(this.child, 'message');
    return this;
  }

  /** Waits for news of a kind; rejects when the process ends before. */
  async hears(kind: keyof News): Promise<News> {
    for (;;) {
      const found = this.news.find((news) => news[kind] !== undefined);
      if (found !== undefined) return found;
      const failed = this.news.find((news) => news.failed !== undefined)?.failed;
      if (failed !== undefined) throw new Error(failed);
      await Promise.race([
        once(this.child, 'message'),
        this.#ended.then((signal) => Promise.reject(new Error(`ended (${String(signal)}) without "${kind}"`))),
      ]);
    }
  }

  /** Resolves once it is killed; rejects when it ends a run or itself before. */
  async dies(): Promise<this> {
    try {
      await this.hears('finished');
    } catch (error) {
      if (this.child.signalCode === 'SIGKILL') return this;
      throw error;
    }
    throw new Error('it came to the end of its run');
  }

  async stop(): Promise<void> {
    this.child.send('stop');
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}
