import {
  emptyAnswer,
  jsonTextAnswer,
  problem,
  resource,
  type ServiceContext,
  type ServiceEnv,
} from '@llm-memory-graph/service';
import type { Hono } from 'hono';
import * as z from 'zod';
import { FaultError } from '../fault/fault-error.ts';
import { faultJson, faultOf } from '../fault/read-fault.ts';
import { jsonOf, read } from './body.ts';
import type { Controls } from './controls.ts';

const change = z.strictObject({ enabled: z.boolean() });

/** `/__mock/faults`: list, add, remove all; and by name: switch, remove. */
export function faultRoutes(app: Hono<ServiceEnv>, { faults }: Controls): void {
  const named = (c: ServiceContext): string => c.req.param('name') ?? '';
  const stateOf = (name: string): unknown => {
    const state = faults.list().find((fault) => fault.name === name);
    if (state) return faultJson(state);
    throw problem(404, 'unknown-fault', 'there is no fault of this name');
  };

  resource(app, '/__mock/faults', {
    GET: () => jsonTextAnswer(JSON.stringify({ seed: faults.seed, faults: faults.list().map(faultJson) })),
    POST: async (c) => {
      try {
        const { name } = faults.add(faultOf(await jsonOf(c)));
        return jsonTextAnswer(JSON.stringify(stateOf(name)), { status: 201 });
      } catch (error) {
        if (error instanceof FaultError) throw problem(400, 'invalid-fault', error.message);
        throw error;
      }
    },
    DELETE: () => {
      faults.clear();
      return emptyAnswer();
    },
  });
  resource(app, '/__mock/faults/:name', {
    GET: (c) => jsonTextAnswer(JSON.stringify(stateOf(named(c)))),
    PATCH: async (c) => {
      const { enabled } = read(change, await jsonOf(c));
      faults.switch(named(c), enabled);
      return jsonTextAnswer(JSON.stringify(stateOf(named(c))));
    },
    DELETE: (c) => {
      if (faults.remove(named(c))) return emptyAnswer();
      throw problem(404, 'unknown-fault', 'there is no fault of this name');
    },
  });
}
