import type {
  ArchiveMetadata,
  ArchivePage,
  ArchiveReceipt,
  PolicyCreated,
  RetentionPolicy,
  RetentionPolicyInput,
  SealedFrame,
} from '@llm-memory-graph/contracts';
import { SerializationError, type CallOptions } from '@llm-memory-graph/http';
import type { Observable } from '@llm-memory-graph/resilience';
import mitt from 'mitt';
import type { ReadBackArchive, RetrievedArchive, UnreadArchive, VerifiedArchive } from '../archives.ts';
import { BatchReport, type BatchOutcome } from '../batch-report.ts';
import { batchesOf } from '../batches.ts';
import { prepare, sealEntry, type ArchiveInput, type PreparedEntry } from '../entry.ts';
import type { ArchiveFilter, ArchivePageRequest } from '../filters.ts';
import { IntegrityError, isIntegrityError } from '../integrity-error.ts';
import { itemsOf } from '../paging.ts';
import {
  callOptions,
  type ArchiveStreamOptions,
  type ResumeStreamOptions,
  type RetrieveStreamOptions,
  type StreamInput,
} from '../stream/stream-options.ts';
import type { Vault } from '../vault.ts';
import { askAll, askToDecide, type Answers } from './ask-all.ts';
import { Background } from './background.ts';
import { deleteEverywhere } from './delete-everywhere.ts';
import { tellBy, type MultiRegionEvents, type Tell } from './events.ts';
import { failureOfRead } from './failure-of-read.ts';
import { nearest } from './nearest.ts';
import { resolveMultiRegion, type MultiRegionOptions, type ResolvedMultiRegion } from './options.ts';
import { readBackAnywhere } from './read-back-anywhere.ts';
import { combined, holdersOf } from './region-batch.ts';
import { isAbsent, isDeleted, type Region } from './region.ts';
import { reconcile } from './reconcile.ts';
import { repair, type RepairOptions, type RepairReport } from './repair.ts';
import { retrieveFrom } from './retrieve-stream.ts';
import { RegionStreams } from './region-streams.ts';
import { failureOf, settled } from './settled.ts';

/**
 * Several Data-Vaults as one. Sessions are sealed once and sent to all regions; a write is done when enough of them
 * have confirmed it, a read is answered by the nearest that can. What a region missed is brought to it by {@link repair}.
 *
 * @example
 * const vault = new MultiRegionVault({
 *   sealer: archiveSealer({ keys }),
 *   regions: [
 *     { name: 'eu', baseUrl: 'https://vault.eu.example', apiKey: euKey },
 *     { name: 'us', baseUrl: 'https://vault.us.example', apiKey: usKey },
 *     { name: 'ap', baseUrl: 'https://vault.ap.example', apiKey: apKey },
 *   ],
 * });
 * await vault.archiveSession({ sessionId: 'session-1', data: { turns: [] } });
 * await vault.repair();
 */
export class MultiRegionVault implements Vault, AsyncDisposable {
  /** Tells what regions miss, and what is done about it. */
  readonly events: Observable<MultiRegionEvents>;
  readonly #options: ResolvedMultiRegion;
  readonly #tell: Tell;
  readonly #background: Background;
  readonly #streams: RegionStreams;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: MultiRegionOptions) {
    this.#options = resolveMultiRegion(options);
    const emitter = mitt<MultiRegionEvents>();
    this.events = emitter;
    this.#tell = tellBy(emitter);
    this.#background = new Background(this.#options.maxPending, (archiveId) => this.#tell('forgotten', { archiveId }));
    this.#streams = new RegionStreams(this.#options, {
      tell: this.#tell,
      background: this.#background,
      watchLag: (answers, archiveId) => this.#watchLag(answers, archiveId),
      held: (archiveId, streamed) => this.retrieveStream(archiveId, streamed),
    });
  }

  /** The circuit breaker of each region, by name. */
  get breakers(): ReadonlyMap<string, Region['vault']['breaker']> {
    return new Map(this.#options.regions.map(({ name, vault }) => [name, vault.breaker]));
  }

  /** Archives known to wait for {@link repair}. */
  get pending(): number {
    return this.#background.pending.size;
  }

  /** Resolves when nothing goes on in the background: late regions, and repairs that reads began. */
  async idle(): Promise<void> {
    await this.#background.idle();
  }

  /** As {@link idle}. What still waits for a repair then is found by a full one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.idle();
  }

  /** Brings to each region what it missed. Call it every minute or so, and with `full` every day. */
  async repair(options: RepairOptions = {}): Promise<RepairReport> {
    return repair(this.#options, this.#background.pending, this.#tell, options);
  }

  /**
   * @throws {IntegrationError} when too few regions confirmed it; those that have it keep it, and the same call again
   *   is the same archive
   */
  async archiveSession(input: ArchiveInput, options?: CallOptions): Promise<ArchiveReceipt> {
    const entry = prepare(input);
    const { results } = await this.#archiveAll([await sealEntry(entry, this.#options.sealer)], options);
    const [result] = results;
    if (result?.ok && result.receipt) return result.receipt;
    const cause = result?.ok ? undefined : result?.cause;
    throw cause instanceof Error ? cause : new IntegrityError(entry.id, 'too few regions confirmed it');
  }

  async batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome> {
    const entries = inputs.map(prepare);
    const report = new BatchReport(entries);
    const { batchSize, maxBatchBytes } = this.#options;
    for (const batch of batchesOf(entries, ({ size }) => size, batchSize, maxBatchBytes)) {
      try {
        const sealed = await this.#sealed(batch, report);
        if (sealed.length === 0) continue;
        const { results } = await this.#archiveAll(
          sealed.map(({ frame }) => frame),
          options,
        );
        for (const [i, { entry }] of sealed.entries()) {
          const result = results[i];
          if (result?.ok) report.archived(entry, result.receipt);
          else report.failed(entry, result?.cause, result?.error, result?.retryable);
        }
      } catch (error) {
        report.requestFailed(batch, error);
      }
    }
    return report.outcome();
  }

  /** What could be sealed; the others are reported. */
  async #sealed(
    entries: readonly PreparedEntry[],
    report: BatchReport,
  ): Promise<{ readonly entry: PreparedEntry; readonly frame: SealedFrame }[]> {
    const { sealer } = this.#options;
    const sealed = await Promise.allSettled(entries.map((entry) => sealEntry(entry, sealer)));
    return entries.flatMap((entry, i) => {
      const result = sealed[i];
      if (result?.status === 'fulfilled') return [{ entry, frame: result.value }];
      report.failed(entry, result?.reason);
      return [];
    });
  }

  /** Sends the same bytes to all regions. Rejects when no region answered. */
  async #archiveAll(frames: readonly SealedFrame[], options: CallOptions | undefined): Promise<BatchOutcome> {
    const { regions, agreement } = this.#options;
    const answers = await this.#ask(
      ({ vault }) => vault.archiveSealed(frames, options),
      (answered) => frames.every((_, i) => agreement(holdersOf(answered, i))),
    );
    if (answers.answered.size === 0) throw failureOf(answers, options);
    const outcome = combined(regions, answers, agreement, await this.#refusals(frames, answers, options));
    this.#background.track(answers.all, () => {
      for (const result of outcome.results) {
        if (!result.ok) continue;
        for (const region of regions) {
          const own = answers.answered.get(region)?.results.find(({ archiveId }) => archiveId === result.archiveId);
          if (!own?.ok) this.#lags(region, result.archiveId, own?.cause ?? answers.failed.get(region));
        }
      }
    });
    return outcome;
  }

  /** For each archive the error of a region that has a tombstone of it: then it must not be taken for archived. */
  async #refusals(
    frames: readonly SealedFrame[],
    { answered, failed }: Answers<BatchOutcome>,
    options: CallOptions | undefined,
  ): Promise<unknown[]> {
    return Promise.all(
      frames.map(async ({ entry: { id } }, i) => {
        const [alone] = frames.length === 1 ? [...failed.values()].filter(isDeleted) : [];
        if (alone) return alone;
        for (const [region, { results }] of answered) {
          if (results[i]?.ok !== false) continue;
          const failure: unknown = await region.vault.getArchiveMetadata(id, options).then(
            () => undefined,
            (error: unknown) => error,
          );
          if (isDeleted(failure)) return failure;
        }
        return undefined;
      }),
    );
  }

  async retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive> {
    return this.#read(archiveId, ({ vault }, call) => vault.retrieveSession(archiveId, call), options);
  }

  async verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive> {
    return this.#read(archiveId, ({ vault }, call) => vault.verifyArchive(archiveId, call), options);
  }

  /** From the nearest region that can be asked; what that one does not have or cannot read, from the others. */
  async readBackArchives(
    archiveIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly (ReadBackArchive | UnreadArchive)[]> {
    const { agreement, hedgeAfterMs, clock } = this.#options;
    const how = { hedgeAfterMs, clock, signal: options?.signal };
    const { results, missing } = await readBackAnywhere(this.#order(), archiveIds, agreement, options, how);
    if (missing.length > 0) this.#mend(missing);
    return results;
  }

  /**
   * Archives content of any size at flat memory: sealed once, sent to all regions in step. A region that fails midway,
   * or that is later than `lagMs` with a part, is left to {@link repair}. With a `spool`, each region goes at its own
   * pace, and another process can go on after a crash.
   *
   * @throws {IntegrationError} when too few regions confirmed it
   */
  async archiveStream(
    source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
    input: StreamInput,
    options: ArchiveStreamOptions = {},
  ): Promise<ArchiveReceipt> {
    return this.#streams.archive(source, input, options);
  }

  /** As `VaultClient.resumeArchiveStream`, to all regions. The spool is cleared when enough have it and none reads on. */
  async resumeArchiveStream(token: string, options: ResumeStreamOptions): Promise<ArchiveReceipt> {
    return this.#streams.resume(token, options);
  }

  /**
   * The content of an archive at flat memory from the nearest region that has it; where that one fails midway, the
   * next one goes on. Every piece is proven before it is given; only the end proves that nothing is missing.
   *
   * @throws {IntegrityError} while iterating, when no region gives back what was archived
   */
  async *retrieveStream(
    archiveId: string,
    options: RetrieveStreamOptions = {},
  ): AsyncGenerator<Uint8Array, void, void> {
    const ask = async (region: Region, call: CallOptions): Promise<Region> => {
      await region.vault.getArchiveMetadata(archiveId, call);
      return region;
    };
    const first = await this.#read(archiveId, ask, callOptions(options));
    const order = [first, ...this.#order().filter((region) => region !== first)];
    yield* retrieveFrom(order, archiveId, options, {
      failed: ({ name }, error) => {
        if (isIntegrityError(error)) this.#tell('corrupt', { region: name, archiveId });
      },
      // One had it when this began, so it is not for others to say that there is nothing.
      failureOf: (failures) => failureOfRead(failures, () => false),
    });
  }

  async getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata> {
    return this.#read(archiveId, ({ vault }, call) => vault.getArchiveMetadata(archiveId, call), options);
  }

  /** One page of the nearest region's list; it goes on in the region in which it began. */
  async listArchives(request: ArchivePageRequest & ArchiveFilter = {}, options?: CallOptions): Promise<ArchivePage> {
    const { cursor, ...rest } = request;
    const begun = cursor === undefined ? undefined : this.#cursorOf(cursor);
    const list = async ({ name, vault }: Region, call: CallOptions | undefined): Promise<ArchivePage> => {
      const page = await vault.listArchives({ ...rest, cursor: begun?.cursor }, call);
      return { ...page, nextCursor: page.nextCursor === null ? null : `${page.nextCursor}/${name}` };
    };
    return begun ? list(begun.region, options) : this.#read(undefined, list, options);
  }

  archives(
    filter: ArchiveFilter & Pick<ArchivePageRequest, 'pageSize'> = {},
    options?: CallOptions,
  ): AsyncGenerator<ArchiveMetadata, void, undefined> {
    return itemsOf(
      (request) => this.listArchives({ ...filter, ...request }, options),
      (page) => page.archives,
      filter.pageSize,
    );
  }

  #cursorOf(text: string): { region: Region; cursor: string } {
    const slash = text.lastIndexOf('/');
    const region = this.#options.regions.find(({ name }) => name === text.slice(slash + 1));
    if (region && slash > 0) return { region, cursor: text.slice(0, slash) };
    throw new SerializationError('cursor is not one that this list gave');
  }

  /**
   * Deletes an archive in every region. Once it resolves no repair brings it back: enough regions have a tombstone. A
   * region that could not be reached deletes it with the next {@link repair}.
   *
   * @throws {ApiError} 409 when a hold or a lock stands in any region that answered
   */
  async deleteArchive(archiveId: string, options?: CallOptions): Promise<void> {
    const answers = await deleteEverywhere(archiveId, this.#options, options);
    this.#watchLag(answers, archiveId);
    if (!this.#options.agreement(answers.answered.keys())) throw failureOf(answers, options);
  }

  async placeLegalHold(archiveId: string, reason = '', options?: CallOptions): Promise<ArchiveMetadata> {
    return this.#change(archiveId, ({ vault }) => vault.placeLegalHold(archiveId, reason, options), options);
  }

  /**
   * Lifts a legal hold in every region; all of them must answer, for one that kept it would bring it back. When it
   * rejects, the hold may be gone in some regions: {@link repair} puts it back, or the same call again lifts it.
   */
  async releaseLegalHold(archiveId: string, options?: CallOptions): Promise<void> {
    const answers = await this.#ask(
      ({ vault }) => vault.releaseLegalHold(archiveId, options),
      () => false,
    );
    // A region that never had the archive has no hold of it.
    const unsure = [...answers.failed.values()].filter((error) => !isAbsent(error));
    if (unsure.length > 0 || answers.answered.size === 0) throw failureOf(answers, options);
  }

  async createRetentionPolicy(policy: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated> {
    // The time of its making is filled in once, so that all regions get the same.
    const whole = { createdAt: new Date(), ...policy };
    const answers = await askToDecide(this.#options, ({ vault }) => vault.createRetentionPolicy(whole, options));
    return settled(answers, this.#options.agreement, options);
  }

  async listRetentionPolicies(options?: CallOptions): Promise<readonly RetentionPolicy[]> {
    return this.#read(undefined, ({ vault }, call) => vault.listRetentionPolicies(call), options);
  }

  async getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy> {
    return this.#read(undefined, ({ vault }, call) => vault.getRetentionPolicy(policyId, call), options);
  }

  async applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void> {
    await this.#change(archiveId, ({ vault }) => vault.applyRetentionPolicy(archiveId, policyId, options), options);
  }

  /** Resolves when enough regions are up for a write. */
  async healthCheck(options?: CallOptions): Promise<void> {
    const answers = await askToDecide(this.#options, ({ vault }) => vault.healthCheck(options));
    if (!this.#options.agreement(answers.answered.keys())) throw failureOf(answers, options);
  }

  /** Changes an archive in all regions; done when enough have confirmed it. */
  async #change<T>(
    archiveId: string,
    ask: (region: Region) => Promise<T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    const answers = await askToDecide(this.#options, ask);
    this.#watchLag(answers, archiveId);
    return settled(answers, this.#options.agreement, options);
  }

  #ask<T>(
    ask: (region: Region) => Promise<T>,
    enough: (answered: ReadonlyMap<Region, T>) => boolean,
  ): Promise<Answers<T>> {
    const { regions, lagMs, clock } = this.#options;
    return askAll(regions, ask, { enough, lagMs, clock });
  }

  /** Nearest first; a region with an open circuit comes last. */
  #order(): readonly Region[] {
    const { regions } = this.#options;
    const isOpen = ({ vault }: Region): boolean => vault.breaker?.state === 'open';
    return [...regions.filter((region) => !isOpen(region)), ...regions.filter(isOpen)];
  }

  /** From the nearest region that can. */
  async #read<T>(
    archiveId: string | undefined,
    ask: (region: Region, options: CallOptions) => Promise<T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    const { agreement, hedgeAfterMs, clock } = this.#options;
    const order = this.#order();
    const { value, failures } = await nearest(
      order.map((region) => (signal) => ask(region, { ...options, signal })),
      { hedgeAfterMs, clock, signal: options?.signal, isFinal: isDeleted },
    );
    const failed = new Map([...failures].map(([i, error]) => [order[i] as Region, error]));
    const absent = [...failed.keys()].filter((region) => isAbsent(failed.get(region)));
    if (archiveId !== undefined)
      for (const [region, error] of failed)
        if (isIntegrityError(error)) this.#tell('corrupt', { region: region.name, archiveId });
    if (value) {
      if (archiveId !== undefined && absent.length > 0) this.#mend([archiveId]);
      return value.of;
    }
    throw failureOfRead(failed, agreement);
  }

  /** One after the other, behind the call that found them. */
  #mend(archiveIds: readonly string[]): void {
    const mended = async (): Promise<string[]> => {
      const left: string[] = [];
      for (const id of archiveIds) {
        const result = await reconcile(this.#options, id, this.#tell).catch(() => 'undecided' as const);
        if (result === 'undecided' || result === 'blocked') left.push(id);
      }
      return left;
    };
    this.#background.track(mended(), (left) => {
      for (const id of left) this.#background.pending.add(id);
    });
  }

  #watchLag(answers: Answers<unknown>, archiveId: string): void {
    this.#background.track(answers.all, () => {
      if (answers.answered.size > 0) for (const [region, error] of answers.failed) this.#lags(region, archiveId, error);
    });
  }

  #lags(region: Region, archiveId: string, error: unknown): void {
    this.#background.pending.add(archiveId);
    this.#tell('lagging', { region: region.name, archiveId, error });
  }
}
