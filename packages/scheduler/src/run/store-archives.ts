import type { Clock } from '@llm-memory-graph/resilience';
import type { ArchiveOutcome, ArchiveRequest, ArchiveVault } from '../ports/archive-vault.ts';
import type { SchedulerSettings } from '../config.ts';
import { isRetryable } from '../scheduler-error.ts';
import { retryDelay } from './retry-delay.ts';
import { isOutage, type ServiceGuard } from './service-guard.ts';

/** What storing needs besides the requests. */
export interface StoreContext {
  readonly vault: ArchiveVault;
  readonly guard: ServiceGuard;
  readonly settings: SchedulerSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

async function ask(requests: readonly ArchiveRequest[], context: StoreContext): Promise<readonly ArchiveOutcome[]> {
  const { vault, guard, signal } = context;
  return guard.call(async () => {
    const outcomes = await vault.archive(requests, { signal });
    if (outcomes.length === requests.length) return outcomes;
    throw new TypeError(`The vault port gave ${outcomes.length} outcomes for ${requests.length} requests`);
  }, signal);
}

async function askPatiently(
  requests: readonly ArchiveRequest[],
  context: StoreContext,
): Promise<readonly ArchiveOutcome[]> {
  const { settings, clock, random, signal } = context;
  for (let attempts = 1; ; attempts++) {
    try {
      return await ask(requests, context);
    } catch (error) {
      signal.throwIfAborted();
      if (isOutage(error) || !isRetryable(error) || attempts >= settings.maxAttempts) throw error;
      await clock.sleep(retryDelay(attempts, settings, random), signal);
    }
  }
}

/**
 * Puts archives into the vault, one outcome per request. When a whole call is refused again and again, the requests
 * are halved until the one that spoils the rest stands alone.
 *
 * @throws {SchedulerError} `unavailable`
 */
export async function storeArchives(
  requests: readonly ArchiveRequest[],
  context: StoreContext,
): Promise<ReadonlyMap<string, ArchiveOutcome>> {
  const outcomes = new Map<string, ArchiveOutcome>();
  const queue: (readonly ArchiveRequest[])[] = [requests];
  let patient = true;
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    try {
      const answers = await (patient ? askPatiently : ask)(part, context);
      part.forEach(({ sessionId }, i) => outcomes.set(sessionId, answers[i] as ArchiveOutcome));
    } catch (error) {
      context.signal.throwIfAborted();
      if (isOutage(error)) throw error;
      const [only] = part;
      if (part.length === 1 && only !== undefined) {
        outcomes.set(only.sessionId, { ok: false, error, retryable: isRetryable(error) });
      } else {
        const half = Math.ceil(part.length / 2);
        // Breadth first: a good half answers before the bad one is cut further, which ends the row of failures.
        queue.push(part.slice(0, half), part.slice(half));
      }
    }
    patient = false;
  }
  return outcomes;
}
