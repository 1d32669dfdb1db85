import * as z from 'zod/mini';
import { contract } from './wire/contract.ts';

/** Media type of every error answer (RFC 9457). */
export const problemMediaType = 'application/problem+json';

/** Problem details (RFC 9457) with our two extensions. */
export const problemDetails = contract(
  'ProblemDetails',
  z.object({
    /** URI reference that names the kind of problem, for example `/problems/validation`. */
    type: z._default(z.string(), 'about:blank'),
    title: z.optional(z.string()),
    status: z.optional(z.int()),
    detail: z.optional(z.string()),
    instance: z.optional(z.string()),
    requestId: z.optional(z.string()),
    /** Fields that failed validation; `pointer` is a JSON Pointer into the request body. */
    errors: z.optional(z.array(z.object({ pointer: z.string(), message: z.string() }))),
  }),
);
export type ProblemDetails = ReturnType<typeof problemDetails.parse>;
