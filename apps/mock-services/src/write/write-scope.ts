import { AsyncLocalStorage } from 'node:async_hooks';
import type { Hit } from '../fault/armed-fault.ts';
import type { FaultTurn } from '../fault/fault-turn.ts';

/** What the stores learn of the request that they write for, and tell of it. */
export class WriteScope {
  /** Whether the request changed what the service holds. */
  committed = false;
  readonly #turn: FaultTurn | undefined;
  #asked = false;
  #hit: Hit | undefined;

  constructor(turn: FaultTurn | undefined) {
    this.#turn = turn;
  }

  /** The fault of all writes of this request; decided at the first, so that requests without writes do not count. */
  get hit(): Hit | undefined {
    if (!this.#asked) {
      this.#asked = true;
      [this.#hit] = this.#turn?.hits('write') ?? [];
    }
    return this.#hit;
  }
}

const scopes = new AsyncLocalStorage<WriteScope>();

/** Runs the work of a request, so that {@link currentScope} finds its scope. */
export function inScope<T>(scope: WriteScope, work: () => T): T {
  return scopes.run(scope, work);
}

const nowhere = new WriteScope(undefined);

/** The scope of the request that is running. */
export function currentScope(): WriteScope {
  return scopes.getStore() ?? nowhere;
}
