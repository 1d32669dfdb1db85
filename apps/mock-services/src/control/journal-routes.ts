import { emptyAnswer, jsonTextAnswer, problem, resource, type ServiceEnv } from '@llm-memory-graph/service';
import type { Hono } from 'hono';
import * as z from 'zod';
import { isPattern } from '../fault/route-pattern.ts';
import { VerificationError } from '../journal/verify.ts';
import { jsonOf, read } from './body.ts';
import type { Controls } from './controls.ts';
import { entryJson } from './entry-json.ts';

const filter = {
  service: z.enum(['registry', 'vault']).optional(),
  method: z.string().optional(),
  path: z.string().refine(isPattern, 'must be a path such as /api/v1/sessions/:id').optional(),
  outcome: z.enum(['pending', 'answered', 'cut', 'gone']).optional(),
};
const count = z.number().int().min(0);
const bounds = z.strictObject({ at_least: count.optional(), at_most: count.optional() });

const expectation = z.strictObject({
  ...filter,
  status: z.number().int().optional(),
  committed: z.boolean().optional(),
  times: z.union([count, bounds.transform((given) => ({ atLeast: given.at_least, atMost: given.at_most }))]).optional(),
});

const query = z.strictObject({
  ...filter,
  status: z.coerce.number().int().optional(),
  committed: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});

/** `/__mock/journal` and `/__mock/verify`. */
export function journalRoutes(app: Hono<ServiceEnv>, { journal, events }: Controls): void {
  resource(app, '/__mock/journal', {
    GET: (c) => {
      const { limit, ...wanted } = read(query, c.req.query());
      const entries = journal.entries(wanted);
      return jsonTextAnswer(JSON.stringify({ total: entries.length, entries: entries.slice(-limit).map(entryJson) }));
    },
    DELETE: () => {
      journal.clear();
      events.change('journal');
      return emptyAnswer();
    },
  });
  resource(app, '/__mock/verify', {
    POST: async (c) => {
      const wanted = read(expectation, await jsonOf(c));
      try {
        const entries = journal.verify(wanted);
        return jsonTextAnswer(JSON.stringify({ matched: entries.length, entries: entries.map(entryJson) }));
      } catch (error) {
        if (!(error instanceof VerificationError)) throw error;
        throw problem(409, 'verification-failed', error.message, { extensions: { matched: error.matched } });
      }
    },
  });
}
