import type { IdempotencyStore, RememberedAnswer } from './idempotency-store.ts';

/**
 * Remembers answers for as long as the process lives.
 *
 * @param maxAnswers the oldest are forgotten beyond this many
 */
export function memoryIdempotencyStore(maxAnswers = 100_000): IdempotencyStore {
  const answers = new Map<string, RememberedAnswer>();
  const slot = (tenant: string, key: string): string => JSON.stringify([tenant, key]);
  return {
    get(tenant, key, now) {
      const answer = answers.get(slot(tenant, key));
      return answer && answer.expiresAt > now ? answer : undefined;
    },
    put(tenant, key, answer) {
      const at = slot(tenant, key);
      answers.delete(at);
      answers.set(at, answer);
      if (answers.size <= maxAnswers) return;
      const [oldest] = answers.keys();
      if (oldest !== undefined) answers.delete(oldest);
    },
  };
}
