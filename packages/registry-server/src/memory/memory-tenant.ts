import type { Listing, Registration, SessionKey, Slice } from '../store/registry-store.ts';
import type { NewSession, SessionFilter, SessionRecord, SessionState } from '../store/session-record.ts';
import type {
  ModelUsage,
  UsageFilter,
  UsageOutcome,
  UsagePeriod,
  UsageRecord,
  UsageTotals,
} from '../store/usage-record.ts';
import { addUsage, inPeriod, noUsage } from '../store/usage-totals.ts';
import { byCodePoints, sliceOf } from './sorted.ts';

interface Held {
  readonly session: NewSession;
  state: SessionState;
  usage: UsageTotals;
  readonly reports: Map<string, UsageRecord>;
}

function recordOf({ session, state, usage }: Held): SessionRecord {
  return { ...session, ...state, reports: usage.reports, totalTokens: usage.totalTokens };
}

function fits({ session, state }: Held, filter: SessionFilter): boolean {
  const { status, modelId, tag, startedBefore, startedAfter } = filter;
  return (
    (status === undefined || state.status === status) &&
    (modelId === undefined || session.modelId === modelId) &&
    (tag === undefined || session.tags.includes(tag)) &&
    (startedBefore === undefined || session.startedMs < startedBefore) &&
    (startedAfter === undefined || session.startedMs > startedAfter)
  );
}

function compare(a: SessionKey, b: SessionKey): number {
  return a[0] - b[0] || byCodePoints(a[1], b[1]);
}

const keyOf = ({ session }: Held): SessionKey => [session.startedMs, session.sessionId];

/** The sessions and the usage of one tenant. */
export class MemoryTenant {
  readonly #sessions: Map<string, Held>;
  readonly #models: Map<string, UsageTotals>;

  constructor(sessions = new Map<string, Held>(), models = new Map<string, UsageTotals>()) {
    this.#sessions = sessions;
    this.#models = models;
  }

  /** An independent tenant with the same content. */
  copy(): MemoryTenant {
    const sessions = [...this.#sessions].map(
      ([id, held]) => [id, { ...held, reports: new Map(held.reports) }] as const,
    );
    return new MemoryTenant(new Map(sessions), new Map(this.#models));
  }

  register(session: NewSession): Registration {
    const known = this.#sessions.get(session.sessionId);
    if (known) {
      const outcome = known.session.fingerprint === session.fingerprint ? 'same' : 'different';
      return { outcome, session: recordOf(known) };
    }
    const held: Held = { session, state: { status: 'active', endedMs: null }, usage: noUsage, reports: new Map() };
    this.#sessions.set(session.sessionId, held);
    return { outcome: 'created', session: recordOf(held) };
  }

  session(id: string): SessionRecord | undefined {
    const held = this.#sessions.get(id);
    return held && recordOf(held);
  }

  list(filter: SessionFilter, slice: Slice<SessionKey>): Listing<SessionRecord> {
    const fitting = [...this.#sessions.values()].filter((held) => fits(held, filter));
    fitting.sort((a, b) => compare(keyOf(a), keyOf(b)));
    const { after } = slice;
    const behind = after === undefined ? fitting : fitting.filter((held) => compare(keyOf(held), after) > 0);
    return { items: sliceOf(behind, slice).map(recordOf), total: fitting.length };
  }

  changeState(id: string, change: (current: SessionState) => SessionState): SessionRecord | undefined {
    const held = this.#sessions.get(id);
    if (!held) return undefined;
    held.state = change(held.state);
    return recordOf(held);
  }

  delete(id: string): boolean {
    const held = this.#sessions.get(id);
    if (!held) return false;
    this.#sessions.delete(id);
    for (const modelId of new Set([...held.reports.values()].map((report) => report.modelId))) this.#recount(modelId);
    return true;
  }

  record(report: UsageRecord): UsageOutcome {
    const held = this.#sessions.get(report.sessionId);
    if (!held) return 'unknown-session';
    if (held.reports.has(report.reportKey)) return 'duplicate';
    const modelId = report.modelId === '' ? held.session.modelId : report.modelId;
    held.reports.set(report.reportKey, { ...report, modelId });
    held.usage = addUsage(held.usage, report);
    this.#models.set(modelId, addUsage(this.modelUsage(modelId), report));
    return 'counted';
  }

  sessionUsage(id: string, period?: UsagePeriod): UsageTotals | undefined {
    const held = this.#sessions.get(id);
    if (!held || !period) return held?.usage;
    return [...held.reports.values()].filter((report) => inPeriod(report, period)).reduce(addUsage, noUsage);
  }

  modelUsage(id: string, period?: UsagePeriod): UsageTotals {
    return (period ? this.#byModel(period).get(id) : this.#models.get(id)) ?? noUsage;
  }

  usageByModel(filter: UsageFilter, slice: Slice<string>): Listing<ModelUsage> {
    const all = [...this.#byModel(filter)].map(([modelId, totals]) => ({ modelId, totals }));
    all.sort((a, b) => byCodePoints(a.modelId, b.modelId));
    const { after } = slice;
    const behind = after === undefined ? all : all.filter(({ modelId }) => byCodePoints(modelId, after) > 0);
    return { items: sliceOf(behind, slice), total: all.length };
  }

  #byModel(filter: UsageFilter): Map<string, UsageTotals> {
    const totals = new Map<string, UsageTotals>();
    for (const [sessionId, { reports }] of this.#sessions) {
      if (filter.sessionId !== undefined && filter.sessionId !== sessionId) continue;
      for (const report of reports.values()) {
        if (!inPeriod(report, filter)) continue;
        totals.set(report.modelId, addUsage(totals.get(report.modelId) ?? noUsage, report));
      }
    }
    return totals;
  }

  #recount(modelId: string): void {
    this.#models.set(modelId, this.#byModel({}).get(modelId) ?? noUsage);
  }
}
