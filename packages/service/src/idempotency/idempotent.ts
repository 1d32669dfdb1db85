import { createHash } from 'node:crypto';
import { bodyBytes } from '../body-bytes.ts';
import type { Clock } from '../clock.ts';
import type { Handler, ServiceContext } from '../env.ts';
import { textOf } from '../json-answer.ts';
import { problem } from '../problem-error.ts';
import type { IdempotencyStore, RememberedAnswer } from './idempotency-store.ts';

/** What {@link idempotent} works with. */
export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  /** Largest body that is read, in bytes. */
  readonly maxBodyBytes: number;
  /** How long an answer is remembered, in ms. @default 48 hours */
  readonly ttlMs?: number;
}

const sane = /^[\x21-\x7e]{1,255}$/;

function fingerprintOf(c: ServiceContext, body: Uint8Array): string {
  return createHash('sha256').update(`${c.req.method} ${c.req.path}\n`).update(body).digest('base64url');
}

async function remember(answer: Response, fingerprint: string, expiresAt: number): Promise<RememberedAnswer> {
  return {
    fingerprint,
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await textOf(answer),
    expiresAt,
  };
}

function replay(answer: RememberedAnswer): Response {
  return new Response(answer.status === 204 ? null : answer.body, {
    status: answer.status,
    headers: { ...answer.headers, 'idempotency-replayed': 'true' },
  });
}

/**
 * Wraps handlers so that a request with an `Idempotency-Key` takes effect once: the same key with the same request
 * gets the first answer again, with another request 422. While the first one still runs, repeats wait for it.
 * Only 2xx answers are remembered: after a refusal the same key may be tried again.
 */
export function idempotent(options: IdempotencyOptions): (handler: Handler) => Handler {
  const { store, clock, maxBodyBytes, ttlMs = 48 * 3_600_000 } = options;
  const running = new Map<string, Promise<unknown>>();

  return (handler) => async (c) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) return handler(c);
    if (!sane.test(key))
      throw problem(400, 'bad-idempotency-key', 'Idempotency-Key must be 1 to 255 visible ASCII characters');

    const fingerprint = fingerprintOf(c, await bodyBytes(c, maxBodyBytes));
    const { tenant } = c.get('principal');
    const slot = JSON.stringify([tenant, key]);
    for (let first = running.get(slot); first; first = running.get(slot)) await first;

    const attempt = async (): Promise<Response> => {
      const known = await store.get(tenant, key, clock.now());
      if (known) {
        if (known.fingerprint === fingerprint) return replay(known);
        throw problem(422, 'idempotency-key-reused', 'this Idempotency-Key came with another request before');
      }
      const answer = await handler(c);
      if (answer.ok) {
        await store.put(tenant, key, await remember(answer, fingerprint, clock.now() + ttlMs));
      }
      return answer;
    };
    const attempted = attempt();
    const settled = attempted.then(
      () => undefined,
      () => undefined,
    );
    running.set(slot, settled);
    try {
      return await attempted;
    } finally {
      running.delete(slot);
    }
  };
}
