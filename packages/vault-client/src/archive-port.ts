import {
  retentionPolicy,
  type ArchiveMetadata,
  type RetentionPolicy,
  type RetentionPolicyInput,
} from '@llm-memory-graph/contracts';
import { isIntegrationError } from '@llm-memory-graph/http';
import { IntegrityError } from './integrity-error.ts';
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
    | 'getArchiveMetadata'
    | 'verifyArchive'
    | 'createRetentionPolicy'
    | 'getRetentionPolicy'
    | 'healthCheck'
  >,
  options: ArchivePortOptions = {},
) {
  /** Asks about several archives, some at a time. */
  async function eachOf(
    archiveIds: readonly string[],
    ask: (id: string) => Promise<Pick<ArchiveMetadata, 'archiveId' | 'sessionId' | 'digest' | 'size'>>,
  ) {
    const readOne = async (id: string) => {
      try {
        const { archiveId, sessionId, digest, size } = await ask(id);
        return { ok: true as const, archiveId, sessionId, digest, size };
      } catch (error) {
        if (error instanceof IntegrityError) return failure(error, false);
        // What says nothing of this one archive - no connection, a refused key - is not its failure.
        if (!isIntegrationError(error) || error.code !== 'api') throw error;
        return failure(error, error.retryable);
      }
    };
    const outcomes: Awaited<ReturnType<typeof readOne>>[] = [];
    for (let from = 0; from < archiveIds.length; from += readsAtOnce)
      outcomes.push(...(await Promise.all(archiveIds.slice(from, from + readsAtOnce).map(readOne))));
    return outcomes;
  }

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

    async readBack(archiveIds: readonly string[], { signal }: Cancellable) {
      return eachOf(archiveIds, (id) => vault.getArchiveMetadata(id, { signal, cache: false }));
    },

    /** Fetches every archive whole, checks its bytes against its digest and, with a sealer, opens it. */
    async verify(archiveIds: readonly string[], { signal }: Cancellable) {
      return eachOf(archiveIds, (id) => vault.verifyArchive(id, { signal }));
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
