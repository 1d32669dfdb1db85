import type { Failpoint, FailpointName } from '../../src/index.ts';

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

  #dieIfDead(): void {
    if (this.dead) throw new Error(`killed at ${this.#name}:${String(this.#nth)}`);
  }
}
