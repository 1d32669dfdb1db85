import { contract } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';
import { expect } from 'vitest';
import {
  idempotent,
  jsonAnswer,
  jsonTextAnswer,
  memoryIdempotencyStore,
  pathId,
  problem,
  readJson,
  requireScope,
  resolveLimits,
  resource,
  serviceApp,
  type ApiKey,
} from '../src/index.ts';

const note = contract('Note', z.object({ noteId: z.string(), size: z._default(z.int(), 0) }));
const limits = resolveLimits({ maxBodyBytes: 1000, maxJsonDepth: 10 });

/** A small service that uses every part of the kit. */
export function noteService(keys: readonly ApiKey[] = []) {
  const logged: unknown[] = [];
  const note1 = (fields: object): void => void logged.push(fields);
  const app = serviceApp({ name: 'notes', keys, logger: { debug: () => {}, info: note1, warn: note1, error: note1 } });
  let made = 0;
  const clock = { time: 0, now: () => clock.time };
  const once = idempotent({ store: memoryIdempotencyStore(), clock, maxBodyBytes: limits.maxBodyBytes, ttlMs: 1000 });
  resource(app, '/health', { GET: () => jsonTextAnswer('{}') });
  resource(app, '/notes', {
    POST: once(async (c) => {
      requireScope(c, 'notes:write');
      const body = await readJson(c, limits, note);
      if (body.noteId === 'refused') throw problem(409, 'conflict', 'no');
      made++;
      await Promise.resolve();
      return jsonAnswer(note, { ...body, size: made }, { status: 201 });
    }),
  });
  resource(app, '/notes/:id', { GET: (c) => jsonTextAnswer(JSON.stringify(pathId(c))) });
  resource(app, '/broken', {
    GET: () => {
      throw new Error('the secret is 42');
    },
    PUT: () => jsonAnswer(note, { noteId: 1 } as never),
  });
  const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    app.request('/notes', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  return { app, post, logged, clock, made: () => made };
}

/** The problem in an answer, checked for what every problem has. */
export async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body['status']).toBe(answer.status);
  expect(body['request_id']).toBe(answer.headers.get('x-request-id'));
  return body;
}
