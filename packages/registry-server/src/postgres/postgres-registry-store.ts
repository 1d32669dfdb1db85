import {
  groupedWrites,
  migratePostgres,
  postgresDatabase,
  postgresIdempotencyStore,
  type PostgresPool,
} from '@llm-memory-graph/service/postgres';
import type { RegistryStore } from '../store/registry-store.ts';
import { sessionDeletion } from './delete-session.ts';
import { models } from './models.ts';
import { registrations } from './registrations.ts';
import { migrations } from './schema.ts';
import { sessionRows, slotOf } from './session-rows.ts';
import { stateChanges } from './state-changes.ts';
import { totals } from './totals.ts';
import { usageSums } from './usage-sums.ts';
import { usageWrites } from './usage-writes.ts';

/** What {@link postgresRegistryStore} works with. */
export interface PostgresRegistryStoreOptions {
  /** A `Pool` of `pg`; whoever made it ends it, after the store was closed. */
  readonly pool: PostgresPool;
  /** Schema of the tables; made when it is not there. @default 'registry' */
  readonly schema?: string;
  /** Wall clock, ms since the epoch; remembered answers expire by it. @default Date.now */
  readonly now?: () => number;
}

/** Most requests that share a transaction. */
const maxItems = 500;

/**
 * A durable store in PostgreSQL, for any number of processes over one database. Writes that arrive while the ones
 * before are written share one transaction.
 *
 * @throws {TypeError} when `schema` is no name
 * @throws {Error} when the database cannot be reached or was written by a newer release
 */
export async function postgresRegistryStore(options: PostgresRegistryStoreOptions): Promise<RegistryStore> {
  const { pool, schema = 'registry', now = Date.now } = options;
  const database = postgresDatabase(pool);
  await migratePostgres(database, { schema, migrations });
  const { query } = database;
  const rows = sessionRows(schema);
  const sums = usageSums(query, schema);
  const added = totals(schema);
  const registering = groupedWrites(registrations(database, schema, rows), { maxItems });
  const counting = groupedWrites(usageWrites(database, schema, added), { maxItems });
  const changing = groupedWrites(stateChanges(database, schema, rows), { maxItems });
  const remove = sessionDeletion(database, schema, added);
  const find: RegistryStore['session'] = async (tenant, sessionId) => {
    const name = { tenant, sessionId };
    return (await rows.find(query, [name])).get(slotOf(name));
  };

  return {
    register: (tenant, session) => registering.add({ tenant, session }),
    session: find,
    sessions: (tenant, filter, slice) => rows.list(query, tenant, filter, slice),
    changeState: async (tenant, sessionId, change) => {
      const changed = await changing.add({ tenant, sessionId, change });
      if (!changed.ok) throw changed.error;
      return changed.session;
    },
    deleteSession: (tenant, sessionId) => remove({ tenant, sessionId }),
    recordUsage: (tenant, reports) => counting.add({ tenant, reports }),
    sessionUsage: async (tenant, sessionId, period) => {
      if (!(await find(tenant, sessionId))) return undefined;
      return period ? sums.of(tenant, { sessionId, ...period }) : added.ofSession(query, { tenant, sessionId });
    },
    modelUsage: (tenant, modelId, period) =>
      period ? sums.of(tenant, { modelId, ...period }) : added.ofModel(query, tenant, modelId),
    usageByModel: (tenant, filter, slice) => {
      const { sessionId, from, to } = filter;
      const everything = sessionId === undefined && from === undefined && to === undefined;
      return everything ? added.models(query, tenant, slice) : sums.byModel(tenant, filter, slice);
    },
    ...models(database, schema),

    idempotency: postgresIdempotencyStore(database, schema, now),
    check: async () => {
      await query('SELECT 1');
    },
    close: async () => {
      await Promise.all([registering.idle(), counting.idle(), changing.idle()]);
    },
  };
}
