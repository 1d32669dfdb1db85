import type { ModelMetadata } from '@llm-memory-graph/contracts';
import { createRegistryServer, type UsageRecord } from '@llm-memory-graph/registry-server';
import type { Logger } from '@llm-memory-graph/service';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import type { ServiceName } from '../fault/fault.ts';
import type { NodeEnv } from '../front/exchange.ts';
import type { MockClock } from '../mock-clock.ts';
import { watchedArchiveStore } from '../write/watched-archive-store.ts';
import { watchedRegistryStore } from '../write/watched-registry-store.ts';
import { Gate } from './gate.ts';
import type { SavedState, State, Stores } from './state.ts';

type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** What the services are made of. */
export interface BackendOptions {
  readonly state: State;
  readonly models: readonly ModelMetadata[];
  readonly registryApiKey: string | undefined;
  readonly vaultApiKey: string;
  readonly clock: MockClock;
  readonly logger: Logger;
  /** How long a change of the whole state waits for requests that are under way, in ms. */
  readonly patienceMs: number;
  /** Told of every usage report that counted. */
  readonly counted: (report: UsageRecord) => void;
}

/** The two services over a state that can be replaced as a whole. */
export class Backend {
  readonly #options: BackendOptions;
  readonly #gate: Gate;
  #services: Readonly<Record<ServiceName, Fetch>>;

  private constructor(options: BackendOptions) {
    this.#options = options;
    this.#gate = new Gate(options.patienceMs);
    this.#services = this.#build();
  }

  static async create(options: BackendOptions): Promise<Backend> {
    const backend = new Backend(options);
    await options.state.stores.registry.saveModels(options.models);
    return backend;
  }

  fetch(service: ServiceName, request: Request, env: NodeEnv): Promise<Response> {
    return this.#gate.pass(() => this.#services[service](request, env));
  }

  /** Looks at what is held while nobody replaces it. */
  look<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => work(this.#options.state.stores));
  }

  save(): Promise<SavedState> {
    return this.#replacing(() => this.#options.state.save());
  }

  restore(saved: SavedState): Promise<void> {
    return this.#replacing(() => saved.restore());
  }

  clear(): Promise<void> {
    const { state, models } = this.#options;
    return this.#replacing(async () => {
      await state.clear();
      await state.stores.registry.saveModels(models);
    });
  }

  #replacing<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.alone(async () => {
      try {
        return await work();
      } finally {
        // What a server remembers, such as idempotency keys, belongs to the state that it served.
        this.#services = this.#build();
      }
    });
  }

  #build(): Readonly<Record<ServiceName, Fetch>> {
    const { state, registryApiKey, vaultApiKey, clock, logger, counted } = this.#options;
    const { registry, archives } = state.stores;
    return {
      registry: createRegistryServer({
        store: watchedRegistryStore(registry, counted),
        keys: registryApiKey === undefined ? [] : [{ secret: registryApiKey }],
        clock,
        logger,
      }).fetch,
      vault: createVaultServer({
        store: watchedArchiveStore(archives),
        keys: [{ secret: vaultApiKey }],
        ...state.vaultKeys,
        clock,
        logger,
      }).fetch,
    };
  }
}
