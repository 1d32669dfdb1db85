import type { Agent, Dispatcher, EnvHttpProxyAgent } from 'undici';

/** A pool as it stands now. */
export interface PoolStats {
  /** Open connections. */
  readonly open: number;
  /** Requests under way or waiting for a connection. */
  readonly busy: number;
  /** Those of them that wait for a connection. */
  readonly queued: number;
  /** Requests begun since the start that found a connection open. */
  readonly reused: number;
  /** Connections opened since the start. */
  readonly connects: number;
}

/** Counts what goes through an agent by its events, so that it holds for proxies too. */
export class PoolMeter {
  #open = 0;
  #connects = 0;
  #requests = 0;
  #busy = 0;
  readonly #agent: Dispatcher;

  constructor(agent: Agent | EnvHttpProxyAgent) {
    this.#agent = agent;
    agent.on('connect', () => {
      this.#open++;
      this.#connects++;
    });
    agent.on('disconnect', () => {
      this.#open--;
    });
  }

  started(): void {
    this.#requests++;
    this.#busy++;
  }

  ended(): void {
    this.#busy--;
  }

  stats(): PoolStats {
    const stats = (this.#agent as Partial<Agent>).stats ?? {};
    const queued = Object.values(stats).reduce((sum, host) => sum + ('queued' in host ? host.queued : 0), 0);
    return {
      open: this.#open,
      busy: this.#busy,
      queued,
      reused: Math.max(0, this.#requests - this.#busy - this.#connects),
      connects: this.#connects,
    };
  }
}
