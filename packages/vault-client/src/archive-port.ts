import { retentionPolicy, type RetentionPolicy, type RetentionPolicyInput } from '@llm-memory-graph/contracts';
import { isIntegrationError } from '@llm-memory-graph/http';
import { isIntegrityError } from './integrity-error.ts';
import type { Vault } from './vault.ts';

/** A session version as the scheduler hands it over. */
interface Request {
  readonly archiveId: string;
  readonly sessionId: string;
  readonly bytes: Uint8Array;
  readonly retentionDays: number;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

interface Failure {
  readonly ok: false;
  readonly error: unknown;
  readonly retryable: boolean;
}

const readsAtOnce = 8;

/** Options of {@link archivePort}. */
export interface ArchivePortOptions {
  /**
   * Whether runs ask the vault what time it is (the `Date` of its answers, RFC 9110, section 6.6.1), so that a process
   * whose clock runs ahead archives nothing early. A run cannot begin while the vault does not tell.
   * @default false
   */
  readonly readsClock?: boolean;
}

/**
 * The vault as the scheduler's `ArchiveVault` port.
 *
 * @example
 * new ArchivalScheduler({ source: graph, vault: archivePort(vault, { readsClock: true }) });
 */
export function archivePort(
  vault: Pick<
    Vault,
    | 'batchArchive'
    | 'readBackArchives'
    | 'verifyArchive'
    | 'createRetentionPolicy'
    | 'getRetentionPolicy'
    | 'healthCheck'
  >,
  options: ArchivePortOptions = {},
) {
  const verifyOne = async (id: string, signal: AbortSignal | undefined) => {
    try {
      const { archiveId, sessionId, digest, size } = await vault.verifyArchive(id, { signal });
      return { ok: true as const, archiveId, sessionId, digest, size };
    } catch (error) {
      if (isIntegrityError(error)) return failure(error, false);
      // What says nothing of this one archive - no connection, a refused key - is not its failure.
      if (!isIntegrationError(error) || error.code !== 'api') throw error;
      return failure(error, error.retryable);
    }
  };

  return {
    async archive(requests: readonly Request[], { signal }: Cancellable) {
      const inputs = requests.map(({ archiveId: id, sessionId, bytes: dataJson, retentionDays, tags, metadata }) => ({
        ...{ id, sessionId, dataJson, retentionDays },
        tags: [...tags],
        metadata: { ...metadata },
      }));
      const { results } = await vault.batchArchive(inputs, { signal });
      return results.map((result) => {
        if (!result.ok) return failure(result.cause ?? new Error(result.error), result.retryable);
        const { digest, size, duplicate } = result.receipt ?? {};
        if (digest === undefined || size === undefined)
          return failure(new Error('the vault gives no receipts, so its archives cannot be verified'), false);
        return { ok: true as const, archiveId: result.archiveId, digest, size, duplicate };
      });
    },

    /** The digests of what the vault holds, by bytes that it reads again; see `Vault.readBackArchives`. */
    async readBack(archiveIds: readonly string[], { signal }: Cancellable) {
      const results = await vault.readBackArchives(archiveIds, { signal });
      return results.map((result) => (result.ok ? result : failure(result.error, result.error.retryable)));
    },

    /** Fetches every archive whole, checks its bytes against its digest and, with a sealer, opens it. */
    async verify(archiveIds: readonly string[], { signal }: Cancellable) {
      const outcomes: Awaited<ReturnType<typeof verifyOne>>[] = [];
      for (let from = 0; from < archiveIds.length; from += readsAtOnce) {
        const some = archiveIds.slice(from, from + readsAtOnce);
        outcomes.push(...(await Promise.all(some.map((id) => verifyOne(id, signal)))));
      }
      return outcomes;
    },

    ...(options.readsClock === true && { now: (call: Cancellable) => timeOf(vault, call) }),

    async createRetentionPolicy(policy: RetentionPolicyInput, { signal }: Cancellable): Promise<RetentionPolicy> {
      try {
        const { policyId } = await vault.createRetentionPolicy(policy, { signal });
        return await vault.getRetentionPolicy(policyId, { signal });
      } catch (error) {
        if (!isIntegrationError(error) || error.status !== 409) throw error;
        const held = await vault.getRetentionPolicy(policy.policyId, { signal });
        // Made by an earlier process: the same but for the time of its making.
        if (isSamePolicy(held, policy)) return held;
        throw error;
      }
    },
  };
}

async function timeOf(vault: Pick<Vault, 'healthCheck'>, { signal }: Cancellable): Promise<Date> {
  const dates: (string | null)[] = [];
  await vault.healthCheck({ signal, onAnswer: ({ headers }) => dates.push(headers.get('date')) });
  const time = new Date(dates.at(-1) ?? Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error('The vault answers without a `Date`');
  return time;
}

function isSamePolicy(held: RetentionPolicy, wanted: RetentionPolicyInput): boolean {
  const { createdAt: _made, ...rules } = retentionPolicy.parse(wanted);
  return Object.entries(rules).every(
    ([name, rule]) => JSON.stringify(held[name as keyof RetentionPolicy]) === JSON.stringify(rule),
  );
}

function failure(error: unknown, retryable: boolean): Failure {
  return { ok: false, error, retryable };
}
