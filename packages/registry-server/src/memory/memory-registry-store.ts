/* eslint-disable @typescript-eslint/require-await -- async turns what a synchronous store throws into a rejection */
import type { ModelMetadata } from '@llm-memory-graph/contracts';
import { memoryIdempotencyStore } from '@llm-memory-graph/service';
import type { RegistryStore } from '../store/registry-store.ts';
import { MemoryTenant } from './memory-tenant.ts';
import { byCodePoints, sliceOf } from './sorted.ts';

/** A {@link RegistryStore} that lives in the process. */
export interface MemoryRegistryStore extends RegistryStore {
  /** An independent store with the same sessions, usage and models; remembered answers stay behind. */
  copy(): MemoryRegistryStore;
}

/** A store for tests and trials: everything is gone with the process. */
export function memoryRegistryStore(): MemoryRegistryStore {
  return storeOver(new Map(), new Map());
}

function storeOver(tenants: Map<string, MemoryTenant>, models: Map<string, ModelMetadata>): MemoryRegistryStore {
  const of = (tenant: string): MemoryTenant => {
    let known = tenants.get(tenant);
    if (!known) tenants.set(tenant, (known = new MemoryTenant()));
    return known;
  };
  return {
    register: async (tenant, session) => of(tenant).register(session),
    session: async (tenant, id) => of(tenant).session(id),
    sessions: async (tenant, filter, slice) => of(tenant).list(filter, slice),
    changeState: async (tenant, id, change) => of(tenant).changeState(id, change),
    deleteSession: async (tenant, id) => of(tenant).delete(id),
    recordUsage: async (tenant, reports) => reports.map((report) => of(tenant).record(report)),
    sessionUsage: async (tenant, id, period) => of(tenant).sessionUsage(id, period),
    modelUsage: async (tenant, id, period) => of(tenant).modelUsage(id, period),
    usageByModel: async (tenant, filter, slice) => of(tenant).usageByModel(filter, slice),

    async saveModels(added) {
      for (const model of added) models.set(model.modelId, model);
    },
    model: async (id) => models.get(id),
    async models(slice) {
      const sorted = [...models.values()].sort((a, b) => byCodePoints(a.modelId, b.modelId));
      const { after } = slice;
      const behind = after === undefined ? sorted : sorted.filter((model) => byCodePoints(model.modelId, after) > 0);
      return { items: sliceOf(behind, slice), total: sorted.length };
    },

    idempotency: memoryIdempotencyStore(),
    copy: () => storeOver(new Map([...tenants].map(([name, tenant]) => [name, tenant.copy()])), new Map(models)),
    async check() {},
    async close() {},
  };
}
