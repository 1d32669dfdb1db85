import type { ArchiveVault, Failpoint, FailpointName, SessionSource } from '../../src/index.ts';
import type { World } from './world.ts';

/** A process that dies at the nth time it passes a failpoint: from then on nothing of it has any effect. */
export class Crash {
  readonly #name: FailpointName;
  readonly #nth: number;
  #passed = 0;
  dead = false;

  constructor(name: FailpointName, nth: number) {
    this.#name = name;
    this.#nth = nth;
  }

  readonly failpoint: Failpoint = (name) => {
    this.#dieIfDead();
    if (name !== this.#name) return;
    this.#passed += 1;
    if (this.#passed === this.#nth) {
      this.dead = true;
      this.#dieIfDead();
    }
  };

  /** A port whose calls fail without effect once the process is dead. */
  mortal<T extends object>(port: T): T {
    const dieIfDead = (): void => this.#dieIfDead();
    return new Proxy(port, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          dieIfDead();
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  }

  /** The ports of a process that this kills, and of no other: the failpoints behind them are its own. */
  ports(world: World) {
    const vault: ArchiveVault = {
      archive: async (requests, options) => {
        const outcomes = await world.vault.archive(requests, options);
        await this.failpoint('after-put-before-ack');
        return outcomes;
      },
      readBack: (ids) => world.vault.readBack(ids),
      verify: (ids, options) => world.vault.verify(ids, options),
      createRetentionPolicy: (policy) => world.vault.createRetentionPolicy(policy),
    };
    return {
      source: this.mortal(this.#insideOf(world)),
      vault: this.mortal(vault),
      registry: this.mortal(world.registry),
      journal: this.mortal(world.journal),
      failpoint: this.failpoint,
    };
  }

  /** The graph; while this process is in one of its transactions, the failpoint in there is this one's. */
  #insideOf(world: World): SessionSource {
    const inside = <T>(call: () => T): T => {
      world.insideGraph = (name) => void this.failpoint(name);
      try {
        return call();
      } finally {
        world.insideGraph = () => undefined;
      }
    };
    return new Proxy<SessionSource>(world.graph, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function'
          ? (...args: unknown[]) => inside(() => (value as (...args: unknown[]) => unknown).apply(target, args))
          : value;
      },
    });
  }

  #dieIfDead(): void {
    if (this.dead) throw new Error(`killed at ${this.#name}:${String(this.#nth)}`);
  }
}
