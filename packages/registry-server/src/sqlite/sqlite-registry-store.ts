/* eslint-disable @typescript-eslint/require-await -- async turns what a synchronous store throws into a rejection */
import { groupCommit, openSqlite, sqliteIdempotencyStore } from '@llm-memory-graph/service/node';
import type { RegistryStore } from '../store/registry-store.ts';
import { modelTable } from './model-table.ts';
import { migrations } from './schema.ts';
import { sessionTable } from './session-table.ts';
import { totalsTable } from './totals-table.ts';
import { usageSums } from './usage-sums.ts';
import { usageTable } from './usage-table.ts';

/** What {@link sqliteRegistryStore} opens. */
export interface SqliteRegistryStoreOptions {
  /** File of the database; made when it is not there. Its folder must exist. */
  readonly path: string;
  /** Wall clock, ms since the epoch; remembered answers expire by it. @default Date.now */
  readonly now?: () => number;
}

/**
 * A durable store on `node:sqlite`: a write resolves after its transaction is synced to disk; writes that arrive
 * together share one transaction.
 *
 * @throws {Error} naming the path when it cannot be opened
 */
export function sqliteRegistryStore(options: SqliteRegistryStoreOptions): RegistryStore {
  const { path, now = Date.now } = options;
  const db = openSqlite({ path, migrations });
  const commits = groupCommit(db);
  const sums = usageSums(db);
  const totals = totalsTable(db);
  const sessions = sessionTable(db);
  const usage = usageTable(db, totals, sums);
  const models = modelTable(db);
  const probe = db.prepare('SELECT 1');

  return {
    register: (tenant, session) => commits.run(() => sessions.register(tenant, session)),
    session: async (tenant, id) => sessions.get(tenant, id),
    sessions: async (tenant, filter, slice) => sessions.list(tenant, filter, slice),
    changeState: (tenant, id, change) => commits.run(() => sessions.changeState(tenant, id, change)),
    deleteSession: (tenant, id) =>
      commits.run(() => {
        if (!sessions.delete(tenant, id)) return false;
        usage.deleteSession(tenant, id);
        return true;
      }),
    recordUsage: (tenant, reports) =>
      commits.run(() =>
        reports.map((report) => usage.record(tenant, report, sessions.modelOf(tenant, report.sessionId))),
      ),
    async sessionUsage(tenant, id, period) {
      if (sessions.modelOf(tenant, id) === undefined) return undefined;
      return period ? sums.of(tenant, { sessionId: id, ...period }) : totals.read(tenant, 'session', id);
    },
    modelUsage: async (tenant, id, period) =>
      period ? sums.of(tenant, { modelId: id, ...period }) : totals.read(tenant, 'model', id),
    usageByModel: async (tenant, filter, slice) => {
      const { sessionId, from, to } = filter;
      const everything = sessionId === undefined && from === undefined && to === undefined;
      return everything ? totals.models(tenant, slice) : sums.byModel(tenant, filter, slice);
    },

    saveModels: (added) => commits.run(() => added.forEach((model) => models.save(model))),
    model: async (id) => models.get(id),
    models: async (slice) => models.list(slice),

    idempotency: sqliteIdempotencyStore(db, commits, now),
    async check() {
      commits.check();
      probe.get();
    },
    close: async () => commits.close(),
  };
}
