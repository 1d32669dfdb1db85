import { modelMetadata, parseJson, stringifyJson, type ModelMetadata } from '@llm-memory-graph/contracts';
import type { DatabaseSync } from 'node:sqlite';
import type { Listing, Slice } from '../store/registry-store.ts';

/** Models, each kept in its wire form. */
export interface ModelTable {
  save(model: ModelMetadata): void;
  get(modelId: string): ModelMetadata | undefined;
  list(slice: Slice<string>): Listing<ModelMetadata>;
}

const read = (row: unknown): ModelMetadata => modelMetadata.decode(parseJson((row as { model: string }).model));

export function modelTable(db: DatabaseSync): ModelTable {
  const insert = db.prepare('INSERT OR REPLACE INTO models VALUES (?, ?)');
  const select = db.prepare('SELECT model FROM models WHERE model_id = ?');
  const page = db.prepare('SELECT model FROM models WHERE model_id > ? ORDER BY model_id LIMIT ? OFFSET ?');
  const count = db.prepare('SELECT count(*) AS total FROM models');
  return {
    save: (model) => void insert.run(model.modelId, stringifyJson(modelMetadata.encode(model))),
    get(modelId) {
      const row = select.get(modelId);
      return row && read(row);
    },
    list: ({ limit, offset, after }) => ({
      items: page.all(after ?? '', limit, offset).map(read),
      total: (count.get() as { total: number }).total,
    }),
  };
}
