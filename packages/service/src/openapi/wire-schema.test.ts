import { contract } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';
import { expect, it } from 'vitest';
import { wireSchema } from './wire-schema.ts';

const thing = contract(
  'Thing',
  z.object({
    thingId: z.string(),
    madeAt: z.date(),
    hits: z.union([z.int(), z.bigint()]),
    tags: z._default(z.array(z.string()), () => []),
    note: z.optional(z.nullable(z.string())),
    parts: z.array(z.object({ partName: z.string() })),
  }),
);

it('has the names of the wire and tells requests from answers', () => {
  const request = wireSchema(thing, 'request');
  expect(request['required']).toEqual(['thing_id', 'made_at', 'hits', 'parts']);
  expect(request['properties']).toMatchObject({
    made_at: { type: 'string', format: 'date-time' },
    hits: { type: 'integer', format: 'int64' },
    parts: { items: { required: ['part_name'] } },
  });
  expect(wireSchema(thing, 'response')['required']).toEqual(['thing_id', 'made_at', 'hits', 'tags', 'parts']);
});
