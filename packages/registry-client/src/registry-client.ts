import {
  modelMetadata,
  modelPage,
  pathOf,
  registryEndpoints as endpoints,
  sessionInfo,
  sessionPage,
  sessionRegistration,
  statusUpdate,
  usageBatch,
  usageBatchResult,
  usagePage,
  usageReport,
  usageStats,
  type ModelMetadata,
  type ModelPage,
  type SessionInfo,
  type SessionPage,
  type SessionRegistrationInput,
  type SessionStatus,
  type UsageBatchResult,
  type UsagePage,
  type UsageStats,
} from '@llm-memory-graph/contracts';
import { bodyOf, HttpClient, json, nothing, type CallOptions } from '@llm-memory-graph/http';
import {
  pageQuery,
  sessionQuery,
  usageQuery,
  type PageRequest,
  type SessionFilter,
  type UsageFilter,
  type UsagePeriod,
} from './filters.ts';
import { httpOptions, optionsFromEnv, type RegistryClientOptions } from './options.ts';
import { itemsOf } from './paging.ts';
import { RegistryCache } from './registry-cache.ts';
import type { Registry } from './registry.ts';
import { completed, keyOf, type UsageInput } from './usage/usage-input.ts';

const healthTimeoutMs = 5_000;
const iterationPageSize = 200;

/**
 * Client of the LLM-Registry: sessions, model metadata and token usage.
 *
 * Every method rejects with an `IntegrationError`, or with the reason of `options.signal` when that aborts. Every
 * method is safe to call again: the service answers a repeat as the first time.
 *
 * @example
 * const registry = new RegistryClient({ baseUrl: 'http://localhost:8080' });
 * await registry.registerSession({ sessionId: 'session-1', modelId: 'gpt-4' });
 * await registry.trackUsage({ sessionId: 'session-1', promptTokens: 12, completionTokens: 30 });
 */
export class RegistryClient implements Registry {
  readonly #http: HttpClient;
  readonly #cache: RegistryCache;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: RegistryClientOptions = {}) {
    this.#http = new HttpClient(httpOptions(options));
    this.#cache = new RegistryCache(options.cache ?? {});
  }

  /** A client from `REGISTRY_URL` and `REGISTRY_API_KEY`; `options` win over the environment. */
  static fromEnv(
    options: RegistryClientOptions = {},
    env: Readonly<Record<string, string | undefined>> = process.env,
  ): RegistryClient {
    return new RegistryClient({ ...optionsFromEnv(env), ...options });
  }

  /** The circuit breaker of the registry. */
  get breaker(): HttpClient['breaker'] {
    return this.#http.breaker;
  }

  /** Registers a session. The same registration again answers as the first time; other content is a 409 `ApiError`. */
  async registerSession(registration: SessionRegistrationInput, options?: CallOptions): Promise<SessionInfo> {
    const { method, path } = endpoints.registerSession;
    const body = bodyOf(sessionRegistration, registration);
    return (await this.#http.call({ method, path, body }, json(sessionInfo), options)).value;
  }

  /** Moves a session to another status. */
  async updateSessionStatus(sessionId: string, status: SessionStatus, options?: CallOptions): Promise<SessionInfo> {
    const { method } = endpoints.updateSessionStatus;
    const path = pathOf(endpoints.updateSessionStatus, sessionId);
    const body = bodyOf(statusUpdate, { status });
    return (await this.#http.call({ method, path, body }, json(sessionInfo), options)).value;
  }

  /** One page of sessions, oldest first. */
  async listSessions(request: PageRequest & SessionFilter = {}, options?: CallOptions): Promise<SessionPage> {
    const { method, path } = endpoints.listSessions;
    const query = { ...pageQuery(request), ...sessionQuery(request) };
    return (await this.#http.call({ method, path, query }, json(sessionPage), options)).value;
  }

  /** Every session that fits, page by page as it is read. */
  sessions(
    filter: SessionFilter & { readonly pageSize?: number } = {},
    options?: CallOptions,
  ): AsyncGenerator<SessionInfo, void, undefined> {
    return itemsOf(
      (request) => this.listSessions({ ...filter, ...request }, options),
      (page) => page.sessions,
      filter.pageSize ?? iterationPageSize,
    );
  }

  async getSession(sessionId: string, options?: CallOptions): Promise<SessionInfo> {
    const { method } = endpoints.getSession;
    return (
      await this.#http.call({ method, path: pathOf(endpoints.getSession, sessionId) }, json(sessionInfo), options)
    ).value;
  }

  /** Removes a session with its usage. */
  async deleteSession(sessionId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.deleteSession;
    try {
      await this.#http.call({ method, path: pathOf(endpoints.deleteSession, sessionId) }, nothing, options);
    } finally {
      this.#cache.usageChanged([{ sessionId }], this.#http);
    }
  }

  async getModelMetadata(modelId: string, options?: CallOptions): Promise<ModelMetadata> {
    const { method } = endpoints.getModelMetadata;
    const path = pathOf(endpoints.getModelMetadata, modelId);
    return (await this.#http.call({ method, path }, json(modelMetadata), this.#cache.forModels(options))).value;
  }

  /** One page of models. */
  async listModels(request: PageRequest = {}, options?: CallOptions): Promise<ModelPage> {
    const { method, path } = endpoints.listModels;
    const call = { method, path, query: pageQuery(request) };
    return (await this.#http.call(call, json(modelPage), this.#cache.forModels(options))).value;
  }

  /** Every model, page by page as it is read. */
  models(options?: CallOptions): AsyncGenerator<ModelMetadata, void, undefined> {
    return itemsOf(
      (request) => this.listModels(request, options),
      (page) => page.models,
      iterationPageSize,
    );
  }

  /**
   * Reports the token usage of one model call. `totalTokens` defaults to the sum; a `reportId` is made when absent, so
   * a repeat counts once.
   */
  async trackUsage(report: UsageInput, options?: CallOptions): Promise<void> {
    const { method, path } = endpoints.trackUsage;
    const full = completed(report);
    const body = bodyOf(usageReport, full);
    try {
      await this.#http.call({ method, path, body }, nothing, { idempotencyKey: keyOf(report), ...options });
    } finally {
      this.#cache.usageChanged([report], this.#http);
    }
  }

  /** Reports several model calls in one request, at most 1,000. */
  async trackUsageBatch(reports: readonly UsageInput[], options?: CallOptions): Promise<UsageBatchResult> {
    const { method, path } = endpoints.trackUsageBatch;
    const body = bodyOf(usageBatch, { reports: reports.map(completed) });
    try {
      return (await this.#http.call({ method, path, body }, json(usageBatchResult), options)).value;
    } finally {
      this.#cache.usageChanged(reports, this.#http);
    }
  }

  /** Usage of a session, over all time or a period. */
  async getSessionUsage(sessionId: string, options: CallOptions & UsagePeriod = {}): Promise<UsageStats> {
    const { method } = endpoints.getSessionUsage;
    const call = { method, path: pathOf(endpoints.getSessionUsage, sessionId), query: usageQuery(options) };
    return (await this.#http.call(call, json(usageStats), this.#cache.forUsage(options))).value;
  }

  /** Usage of a model over all sessions, over all time or a period, with its cost where the registry knows prices. */
  async getModelUsage(modelId: string, options: CallOptions & UsagePeriod = {}): Promise<UsageStats> {
    const { method } = endpoints.getModelUsage;
    const call = { method, path: pathOf(endpoints.getModelUsage, modelId), query: usageQuery(options) };
    this.#cache.noteModelUsage(call.path, this.#http);
    return (await this.#http.call(call, json(usageStats), this.#cache.forUsage(options))).value;
  }

  /** One page of the usage of each model, by model id, with its cost. Never answered from the cache. */
  async listUsage(request: PageRequest & UsageFilter = {}, options?: CallOptions): Promise<UsagePage> {
    const { method, path } = endpoints.listUsage;
    const query = { ...pageQuery(request), ...usageQuery(request) };
    return (await this.#http.call({ method, path, query }, json(usagePage), options)).value;
  }

  /** Resolves when the service is up. Sends no key, takes at most 5 s an attempt. */
  async healthCheck(options?: CallOptions): Promise<void> {
    const { method, path } = endpoints.healthCheck;
    await this.#http.call({ method, path, authenticated: false }, nothing, { timeoutMs: healthTimeoutMs, ...options });
  }
}
