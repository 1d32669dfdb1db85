import { modelMetadata, parseJson, stringifyJson, type ModelMetadata } from '@llm-memory-graph/contracts';
import type { PostgresDatabase } from '@llm-memory-graph/service/postgres';
import type { RegistryStore } from '../store/registry-store.ts';

interface Row {
  readonly model: string;
}

const read = ({ model }: Row): ModelMetadata => modelMetadata.decode(parseJson(model));

/** Models, each kept in its wire form. */
export function models(
  { query }: PostgresDatabase,
  schema: string,
): Pick<RegistryStore, 'saveModels' | 'model' | 'models'> {
  const table = `${schema}.model`;
  return {
    async saveModels(added) {
      const rows = new Map(added.map((model) => [model.modelId, stringifyJson(modelMetadata.encode(model))] as const));
      await query(
        `INSERT INTO ${table} SELECT id, model FROM unnest($1::text[], $2::text[]) AS m(id, model)
         ORDER BY id COLLATE "C" ON CONFLICT (model_id) DO UPDATE SET model = excluded.model`,
        [[...rows.keys()], [...rows.values()]],
      );
    },
    async model(modelId) {
      const [row] = await query<Row>(`SELECT model FROM ${table} WHERE model_id = $1`, [modelId]);
      return row && read(row);
    },
    async models({ limit, offset, after }) {
      const [counted, rows] = await Promise.all([
        query<{ total: string }>(`SELECT count(*) AS total FROM ${table}`),
        query<Row>(`SELECT model FROM ${table} WHERE model_id > $1 ORDER BY model_id LIMIT $2 OFFSET $3`, [
          after ?? '',
          limit,
          offset,
        ]),
      ]);
      return { items: rows.map(read), total: Number(counted[0]?.total) };
    },
  };
}
