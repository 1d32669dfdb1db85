import * as z from 'zod/mini';
import { count, metadata, modelName, resourceId, tags } from '../fields.ts';
import { contract } from '../wire/contract.ts';

/** Life of a session: `active` -> `completed` or `failed` -> `archived`. */
export const sessionStatus = z.enum(['active', 'completed', 'failed', 'archived']);
export type SessionStatus = z.output<typeof sessionStatus>;

/** What a client says of a session when it starts. Idempotent by `sessionId`. */
export const sessionRegistration = contract(
  'SessionRegistration',
  z.object({
    sessionId: resourceId,
    modelId: modelName,
    modelVersion: z._default(z.string(), ''),
    startedAt: z._default(z.date(), () => new Date()),
    metadata,
    tags,
  }),
);
export type SessionRegistration = ReturnType<typeof sessionRegistration.parse>;
export type SessionRegistrationInput = Parameters<typeof sessionRegistration.parse>[0];

const sessionInfoSchema = z.object({
  sessionId: z.string(),
  modelId: z.string(),
  startedAt: z.date(),
  endedAt: z._default(z.nullable(z.date()), null),
  status: sessionStatus,
  /** Usage reports counted for the session. */
  promptCount: count,
  totalTokens: count,
  metadata,
  modelVersion: z.optional(z.string()),
  tags: z.optional(z.array(z.string())),
});

/** What the registry knows of a session. */
export const sessionInfo = contract('SessionInfo', sessionInfoSchema);
export type SessionInfo = ReturnType<typeof sessionInfo.parse>;

export const statusUpdate = contract('StatusUpdate', z.object({ status: sessionStatus }));
export type StatusUpdate = ReturnType<typeof statusUpdate.parse>;

/** One page of sessions. `nextCursor` is absent or null on the last page and from services that only know pages. */
export const sessionPage = contract(
  'SessionPage',
  z.object({
    sessions: z.array(sessionInfoSchema),
    total: count,
    page: count,
    pageSize: count,
    nextCursor: z.optional(z.nullable(z.string())),
  }),
);
export type SessionPage = ReturnType<typeof sessionPage.parse>;
