import * as z from 'zod';
import type { Fault } from './fault.ts';
import { isPattern } from './route-pattern.ts';

const ms = z
  .number()
  .min(0)
  .max(2 ** 31 - 1);
const when = z.enum(['before', 'after']).optional();
const retryAfterForm = z.enum(['seconds', 'date']).optional();

const duration = z.union([
  ms,
  z.strictObject({ min: ms, max: ms }).refine(({ min, max }) => min <= max, 'min must not be above max'),
  z
    .strictObject({ median: ms, p99: ms })
    .refine(({ median, p99 }) => median > 0 && median <= p99, 'median must be above 0 and not above p99'),
]);

const effects = {
  latency: { kind: z.literal('latency'), ms: duration, when },
  status: {
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    retryAfter: z.number().int().min(0).max(86_400).optional(),
    retryAfterForm,
    when,
  },
  rateLimit: {
    kind: z.literal('rate-limit'),
    limit: z.number().int().min(1),
    intervalMs: z.number().positive().optional(),
    burst: z.number().int().min(1).optional(),
    retryAfterForm,
  },
  reset: { kind: z.literal('reset'), at: z.enum(['before-headers', 'after-headers']).optional() },
  lostAnswer: { kind: z.literal('lost-answer') },
  truncatedBody: { kind: z.literal('truncated-body'), bytes: z.number().int().min(0).optional() },
  slowBody: {
    kind: z.literal('slow-body'),
    chunkBytes: z.number().int().min(1).optional(),
    intervalMs: ms.optional(),
  },
  malformedJson: { kind: z.literal('malformed-json') },
  wrongShape: {
    kind: z.literal('wrong-shape'),
    shape: z.enum(['envelope', 'missing-field', 'wrong-type', 'empty']).optional(),
  },
  droppedWrite: { kind: z.literal('dropped-write') },
  corruptedWrite: { kind: z.literal('corrupted-write'), digest: z.enum(['follows', 'stale']).optional() },
} as const;

const gate = {
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . -')
    .optional(),
  service: z.enum(['registry', 'vault']).optional(),
  enabled: z.boolean().optional(),
  after: z.number().int().min(0).optional(),
  times: z.number().int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
};

const routed = {
  ...gate,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  path: z.string().refine(isPattern, 'must be a path such as /api/v1/sessions/:id or /api/v1/archive/*').optional(),
};

const step = z.discriminatedUnion('kind', [
  z.strictObject(effects.latency),
  z.strictObject(effects.status),
  z.strictObject(effects.rateLimit),
  z.strictObject(effects.reset),
  z.strictObject(effects.lostAnswer),
  z.strictObject(effects.truncatedBody),
  z.strictObject(effects.slowBody),
  z.strictObject(effects.malformedJson),
  z.strictObject(effects.wrongShape),
  z.strictObject(effects.droppedWrite),
  z.strictObject(effects.corruptedWrite),
]);

/** {@link Fault} as zod sees it. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...routed, ...effects.latency }),
  z.strictObject({ ...routed, ...effects.status }),
  z.strictObject({ ...routed, ...effects.rateLimit }),
  z.strictObject({ ...routed, ...effects.reset }),
  z.strictObject({ ...routed, ...effects.lostAnswer }),
  z.strictObject({ ...routed, ...effects.truncatedBody }),
  z.strictObject({ ...routed, ...effects.slowBody }),
  z.strictObject({ ...routed, ...effects.malformedJson }),
  z.strictObject({ ...routed, ...effects.wrongShape }),
  z.strictObject({ ...routed, ...effects.droppedWrite }),
  z.strictObject({ ...routed, ...effects.corruptedWrite }),
  z.strictObject({
    ...routed,
    kind: z.literal('script'),
    steps: z
      .array(z.union([z.literal('pass'), step]))
      .min(1)
      .max(1000),
    repeat: z.boolean().optional(),
  }),
  z.strictObject({ ...gate, kind: z.literal('expired-certificate') }),
]) satisfies z.ZodType<Fault>;
