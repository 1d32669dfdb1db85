import type { RetentionPolicy, RetentionPolicyInput } from '@llm-memory-graph/contracts';
import { retentionPolicy } from '@llm-memory-graph/contracts';
import type {
  ArchiveOutcome,
  ArchiveRequest,
  ArchiveVault,
  Cancellable,
  Failpoint,
  ReadBackOutcome,
} from '../../src/index.ts';

import type { Evidence } from './oracle.ts';

/** One archive that the vault holds. */
export interface Holding {
  readonly archiveId: string;
  readonly sessionId: string;
  readonly version: number;
  digest: string;
  readonly request: ArchiveRequest;
}

/** A vault in memory that counts what it is asked and can be told to fail. */
export class FakeVault implements ArchiveVault {
  readonly held = new Map<string, Holding>();
  readonly policies: RetentionPolicy[] = [];
  /** Archives asked for, repeats included. */
  posts = 0;
  calls = 0;
  largestCall = 0;
  /** Runs before anything is stored; a throw means that the vault cannot be asked. */
  onCall: (requests: readonly ArchiveRequest[], signal: AbortSignal | undefined) => void | Promise<void> = () =>
    undefined;
  /** What is wrong with one request, if anything. */
  refuse: (request: ArchiveRequest) => { readonly error: Error; readonly retryable: boolean } | undefined = () =>
    undefined;
  /** Whether to acknowledge a request and forget it. */
  forget: (request: ArchiveRequest) => boolean = () => false;
  failpoint: Failpoint = () => undefined;

  /** What an auditor finds. */
  evidence(): Evidence[] {
    return [...this.held.values()].map(({ request, ...holding }) => ({ ...holding, content: request.bytes }));
  }

  async archive(requests: readonly ArchiveRequest[], { signal }: Cancellable): Promise<ArchiveOutcome[]> {
    signal?.throwIfAborted();
    this.calls += 1;
    this.posts += requests.length;
    this.largestCall = Math.max(this.largestCall, requests.length);
    await this.onCall(requests, signal);
    const outcomes = requests.map((request) => this.#store(request));
    await this.failpoint('after-put-before-ack');
    return outcomes;
  }

  async readBack(archiveIds: readonly string[]): Promise<ReadBackOutcome[]> {
    return archiveIds.map((archiveId) => {
      const holding = this.held.get(archiveId);
      if (holding === undefined) return { ok: false, error: new Error('Not held'), retryable: true };
      const { sessionId, digest, request } = holding;
      return { ok: true, archiveId, sessionId, digest, size: request.bytes.length };
    });
  }

  createRetentionPolicy(policy: RetentionPolicyInput): RetentionPolicy {
    const created = retentionPolicy.parse(policy);
    this.policies.push(created);
    return created;
  }

  #store(request: ArchiveRequest): ArchiveOutcome {
    const refusal = this.refuse(request);
    if (refusal !== undefined) return { ok: false, ...refusal };
    const { archiveId, sessionId, version } = request;
    const before = this.held.get(archiveId);
    const holding = before ?? { archiveId, sessionId, version, digest: `sha256:${request.contentSha256}`, request };
    if (!this.forget(request)) this.held.set(archiveId, holding);
    return {
      ok: true,
      archiveId,
      digest: holding.digest,
      size: holding.request.bytes.length,
      duplicate: before !== undefined,
    };
  }
}
