import {
  costOf,
  isContractViolation,
  sessionRegistration,
  sessionStatus,
  usageBatch,
  usageReport,
  type Contract,
  type ModelMetadata,
  type ModelPage,
  type SessionInfo,
  type SessionPage,
  type SessionRegistrationInput,
  type SessionStatus,
  type UsageBatchResult,
  type UsagePage,
  type UsageReport,
  type UsageStats,
} from '@llm-memory-graph/contracts';
import { ApiError, SerializationError, type CallOptions } from '@llm-memory-graph/http';
import type { PageRequest, SessionFilter, UsageFilter, UsagePeriod } from '../filters.ts';
import { itemsOf } from '../paging.ts';
import type { Registry } from '../registry.ts';
import { completed, type UsageInput } from '../usage/usage-input.ts';
import { pageOf } from './page-of.ts';
import { inPeriod, statsOf } from './stats-of.ts';

interface Held {
  readonly registration: string;
  info: SessionInfo;
  readonly reports: Map<string, UsageReport>;
}

/** Options of {@link memoryRegistry}. */
export interface MemoryRegistryOptions {
  /** Models that it lists. @default none */
  readonly models?: readonly ModelMetadata[];
  /** Wall clock in ms. @default Date.now */
  readonly now?: () => number;
}

/** A registry in memory. */
export interface MemoryRegistry extends Registry {
  /** Every report that counted, in the order it came. */
  readonly reports: readonly UsageReport[];
}

/**
 * A registry in memory, for tests: the same answers and the same errors as `RegistryClient` in front of a service.
 *
 * @example
 * const registry = memoryRegistry();
 * await registry.registerSession({ sessionId: 'session-1', modelId: 'gpt-4' });
 */
export function memoryRegistry(options: MemoryRegistryOptions = {}): MemoryRegistry {
  return new InMemory(options);
}

function checked<Out, In>(contract: Contract<Out, In>, value: In): Out {
  try {
    // Through the wire form, so that nothing is shared with the caller.
    return structuredClone(contract.parse(value));
  } catch (error) {
    if (isContractViolation(error)) throw new SerializationError(error.message, { cause: error });
    throw error;
  }
}

function refusal(status: number, detail: string): ApiError {
  return new ApiError(`LLM-Registry answered ${String(status)}: ${detail}`, { status });
}

/** What every call does first. */
async function called(options: CallOptions | undefined): Promise<void> {
  await Promise.resolve();
  options?.signal?.throwIfAborted();
}

class InMemory implements MemoryRegistry {
  readonly #models: readonly ModelMetadata[];
  readonly #now: () => number;
  readonly #sessions = new Map<string, Held>();
  readonly #counted: UsageReport[] = [];

  constructor({ models = [], now = Date.now }: MemoryRegistryOptions) {
    this.#models = [...models].sort((a, b) => (a.modelId < b.modelId ? -1 : 1));
    this.#now = now;
  }

  get reports(): readonly UsageReport[] {
    return this.#counted;
  }

  async registerSession(input: SessionRegistrationInput, options?: CallOptions): Promise<SessionInfo> {
    const full = checked(sessionRegistration, input);
    await called(options);
    const registration = JSON.stringify({ ...full, startedAt: input.startedAt ?? null });
    const known = this.#sessions.get(full.sessionId);
    if (known && known.registration !== registration)
      throw refusal(409, `session "${full.sessionId}" is registered with other content`);
    const info: SessionInfo = { ...full, endedAt: null, status: 'active', promptCount: 0, totalTokens: 0 };
    const held = known ?? { registration, info, reports: new Map<string, UsageReport>() };
    this.#sessions.set(full.sessionId, held);
    return structuredClone(held.info);
  }

  async updateSessionStatus(sessionId: string, status: SessionStatus, options?: CallOptions): Promise<SessionInfo> {
    if (!sessionStatus.safeParse(status).success) throw new SerializationError('StatusUpdate: /status is unknown');
    await called(options);
    const held = this.#held(sessionId);
    const { info } = held;
    if (info.status === status) return structuredClone(info);
    if (info.status === 'archived') throw refusal(409, `an archived session cannot become ${status}`);
    const ended = status === 'archived' ? info.endedAt : (info.endedAt ?? new Date(this.#now()));
    held.info = { ...info, status, endedAt: status === 'active' ? null : ended };
    return structuredClone(held.info);
  }

  async listSessions(request: PageRequest & SessionFilter = {}, options?: CallOptions): Promise<SessionPage> {
    await called(options);
    const { status, modelId, tag, startedBefore, startedAfter } = request;
    const key = (info: SessionInfo): readonly [number, string] => [info.startedAt.getTime(), info.sessionId];
    const fitting = [...this.#sessions.values()]
      .map(({ info }) => info)
      .filter(
        (info) =>
          (status === undefined || info.status === status) &&
          (modelId === undefined || info.modelId === modelId) &&
          (tag === undefined || info.tags?.includes(tag) === true) &&
          (startedBefore === undefined || info.startedAt < startedBefore) &&
          (startedAfter === undefined || info.startedAt > startedAfter),
      );
    const { items, ...page } = pageOf(fitting, key, request);
    return structuredClone({ sessions: items, ...page });
  }

  sessions(
    filter: SessionFilter & { readonly pageSize?: number } = {},
    options?: CallOptions,
  ): AsyncGenerator<SessionInfo, void, undefined> {
    const fetchPage = (request: PageRequest) => this.listSessions({ ...filter, ...request }, options);
    return itemsOf(fetchPage, (page) => page.sessions, filter.pageSize ?? 200);
  }

  async getSession(sessionId: string, options?: CallOptions): Promise<SessionInfo> {
    await called(options);
    return structuredClone(this.#held(sessionId).info);
  }

  async deleteSession(sessionId: string, options?: CallOptions): Promise<void> {
    await called(options);
    this.#held(sessionId);
    this.#sessions.delete(sessionId);
  }

  async getModelMetadata(modelId: string, options?: CallOptions): Promise<ModelMetadata> {
    await called(options);
    const model = this.#models.find((candidate) => candidate.modelId === modelId);
    if (!model) throw refusal(404, 'no model has this id');
    return structuredClone(model);
  }

  async listModels(request: PageRequest = {}, options?: CallOptions): Promise<ModelPage> {
    await called(options);
    const { items, ...page } = pageOf(this.#models, (model) => [0, model.modelId], request);
    return structuredClone({ models: items, ...page });
  }

  models(options?: CallOptions): AsyncGenerator<ModelMetadata, void, undefined> {
    return itemsOf(
      (request) => this.listModels(request, options),
      (page) => page.models,
      200,
    );
  }

  async trackUsage(report: UsageInput, options?: CallOptions): Promise<void> {
    const full = checked(usageReport, completed(report));
    await called(options);
    this.#held(full.sessionId);
    this.#count(full);
  }

  async trackUsageBatch(reports: readonly UsageInput[], options?: CallOptions): Promise<UsageBatchResult> {
    const batch = checked(usageBatch, { reports: reports.map(completed) });
    await called(options);
    const result = { accepted: 0, duplicates: 0, rejected: [] as { index: number; error: string }[] };
    for (const [index, report] of batch.reports.entries()) {
      if (!this.#sessions.has(report.sessionId))
        result.rejected.push({ index, error: `session "${report.sessionId}" is not registered` });
      else if (this.#count(report)) result.accepted++;
      else result.duplicates++;
    }
    return result;
  }

  async getSessionUsage(sessionId: string, options: CallOptions & UsagePeriod = {}): Promise<UsageStats> {
    await called(options);
    const { info, reports } = this.#held(sessionId);
    return statsOf(sessionId, [...reports.values()], info.startedAt, options);
  }

  async getModelUsage(modelId: string, options: CallOptions & UsagePeriod = {}): Promise<UsageStats> {
    await called(options);
    const reports = this.#byModel({}).get(modelId) ?? [];
    const model = this.#models.find((candidate) => candidate.modelId === modelId);
    const session = [...this.#sessions.values()].find(({ info }) => info.modelId === modelId);
    const since = model?.createdAt ?? session?.info.startedAt ?? reports[0]?.timestamp;
    if (since === undefined) throw refusal(404, 'no model and no session has this model id');
    return this.#withCost(statsOf(modelId, reports, since, options));
  }

  async listUsage(request: PageRequest & UsageFilter = {}, options?: CallOptions): Promise<UsagePage> {
    await called(options);
    const all = [...this.#byModel(request)].map(([modelId, reports]) =>
      this.#withCost(statsOf(modelId, reports, new Date(0), request)),
    );
    const { items, ...page } = pageOf(all, ({ id }) => [0, id], request);
    return { usage: items, ...page };
  }

  async healthCheck(options?: CallOptions): Promise<void> {
    await called(options);
  }

  #held(sessionId: string): Held {
    const held = this.#sessions.get(sessionId);
    if (!held) throw refusal(404, `session "${sessionId}" is not registered`);
    return held;
  }

  /** The reports of each model that has any. */
  #byModel(filter: UsageFilter): Map<string, UsageReport[]> {
    const reports = [...this.#sessions.values()]
      .filter(({ info }) => filter.sessionId === undefined || filter.sessionId === info.sessionId)
      .flatMap(({ info, reports: own }) =>
        [...own.values()].map((report) => ({ ...report, modelId: report.modelId || info.modelId })),
      );
    return Map.groupBy(
      reports.filter((report) => inPeriod(report, filter)),
      ({ modelId }) => modelId,
    );
  }

  #withCost(stats: UsageStats): UsageStats {
    const model = this.#models.find(({ modelId }) => modelId === stats.id);
    const tokens = {
      promptTokens: BigInt(stats.totalPromptTokens),
      completionTokens: BigInt(stats.totalCompletionTokens),
    };
    return { ...stats, cost: model ? costOf(model.metadata, tokens) : null };
  }

  #count(report: UsageReport): boolean {
    const held = this.#held(report.sessionId);
    const id = report.reportId ?? crypto.randomUUID();
    if (held.reports.has(id)) return false;
    held.reports.set(id, report);
    this.#counted.push(report);
    const { promptCount, totalTokens } = held.info;
    held.info = { ...held.info, promptCount: promptCount + 1, totalTokens: totalTokens + report.totalTokens };
    return true;
  }
}
