import type { Contract } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';

type JsonSchema = Record<string, unknown>;
type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

interface Def {
  readonly type: string;
  readonly options?: readonly { _zod: { def: Def } }[];
  readonly shape?: Readonly<Record<string, { _zod: { def: Def } }>>;
}

function replace(schema: JsonSchema, by: JsonSchema): void {
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  Object.assign(schema, by);
}

/** What a reader may rely on: an answer holds every field but the optional ones, a request may leave defaults out. */
function override(direction: 'request' | 'response'): Override {
  return ({ zodSchema, jsonSchema }) => {
    const def = zodSchema._zod.def as unknown as Def;
    // An integer up to 2^63 - 1 is a union with bigint in the contracts, which JSON Schema does not know.
    if (def.type === 'union' && def.options?.some((option) => option._zod.def.type === 'bigint'))
      replace(jsonSchema, { type: 'integer', format: 'int64', minimum: 0 });
    if (direction === 'response' && def.type === 'object' && def.shape) {
      const required = Object.keys(def.shape).filter((key) => def.shape?.[key]?._zod.def.type !== 'optional');
      if (required.length > 0) Object.assign(jsonSchema, { required });
    }
  };
}

/** The JSON Schema (2020-12) of a contract as it crosses the wire. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- contracts of every type
export function wireSchema(contract: Contract<any, any>, direction: 'request' | 'response'): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(contract.wire, {
    io: 'input',
    unrepresentable: 'any',
    override: override(direction),
  });
  return schema;
}
