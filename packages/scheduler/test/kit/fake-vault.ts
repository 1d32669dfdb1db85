import { createHash } from 'node:crypto';
import type { RetentionPolicy, RetentionPolicyInput } from '@llm-memory-graph/contracts';
import { retentionPolicy } from '@llm-memory-graph/contracts';
import type { ArchiveOutcome, ArchiveRequest, ArchiveVault, Cancellable, ReadBackOutcome } from '../../src/index.ts';

import type { Evidence } from './oracle.ts';

/** One archive that the vault holds. */
export interface Holding {
  readonly archiveId: string;
  readonly sessionId: string;
  readonly version: number;
  digest: string;
  /** The bytes as they are stored. */
  content: Uint8Array;
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
  readonly verified: string[] = [];
  onVerify: (archiveIds: readonly string[], signal: AbortSignal | undefined) => void | Promise<void> = () => undefined;

  /** What an auditor finds. */
  evidence(): Evidence[] {
    return [...this.held.values()].map(({ request: _, ...holding }) => holding);
  }

  async archive(requests: readonly ArchiveRequest[], { signal }: Cancellable): Promise<ArchiveOutcome[]> {
    signal?.throwIfAborted();
    this.calls += 1;
    this.posts += requests.length;
    this.largestCall = Math.max(this.largestCall, requests.length);
    await this.onCall(requests, signal);
    const outcomes = requests.map((request) => this.#store(request));
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

  /** Hashes what it holds. */
  async verify(archiveIds: readonly string[], options: Cancellable = {}): Promise<ReadBackOutcome[]> {
    this.verified.push(...archiveIds);
    await this.onVerify(archiveIds, options.signal);
    const outcomes = await this.readBack(archiveIds);
    return outcomes.map((outcome) => {
      const content = this.held.get(outcome.ok ? outcome.archiveId : '')?.content;
      if (!outcome.ok || content === undefined) return outcome;
      return { ...outcome, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
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
    const digest = `sha256:${request.contentSha256}`;
    const holding = before ?? { archiveId, sessionId, version, digest, content: request.bytes, request };
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
