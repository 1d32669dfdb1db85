import {
  archiveReceipt,
  batchResult,
  encodeSealedFrames,
  sealedFramesMediaType,
  vaultEndpoints as endpoints,
  type ArchiveReceipt,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import { isIntegrationError, json, type CallOptions, type HttpClient } from '@llm-memory-graph/http';
import type { ArchiveReader } from './archive-reader.ts';
import { BatchReport, type BatchEntry, type BatchOutcome } from './batch-report.ts';
import { batchesOf, halvesOf } from './batches.ts';
import { entryJson, sealEntry, type PreparedEntry } from './entry.ts';
import { IntegrityError } from './integrity-error.ts';
import type { ResolvedVaultOptions } from './options.ts';

/** Bytes sealed in this process or before, and how to tell that others hold the same content. */
interface Sealed {
  readonly entry: BatchEntry;
  readonly frame: SealedFrame;
  readonly content: () => Promise<Uint8Array>;
}

// New archives change no answer that is kept.
const invalidates: readonly string[] = [];

/** Sends archives and holds the vault's receipts to what was sent. */
export class ArchiveWriter {
  readonly #http: HttpClient;
  readonly #options: ResolvedVaultOptions;
  readonly #reader: ArchiveReader;

  constructor(http: HttpClient, options: ResolvedVaultOptions, reader: ArchiveReader) {
    this.#http = http;
    this.#options = options;
    this.#reader = reader;
  }

  async one(entry: PreparedEntry, options: CallOptions | undefined): Promise<ArchiveReceipt> {
    const { sealer, flags } = this.#options;
    if (sealer) return this.#oneSealed(await sealedWith(sealer, entry), options);
    const { method, path } = endpoints.archiveSession;
    const request = { method, path, body: entryJson(entry), headers: flags, invalidates };
    return (await this.#http.call(request, json(archiveReceipt), options)).value;
  }

  /** Archives what is given in requests of bounded count and size; see `VaultClient.batchArchive`. */
  async batch(entries: readonly PreparedEntry[], options: CallOptions | undefined): Promise<BatchOutcome> {
    const { sealer } = this.#options;
    const report = new BatchReport(entries);
    await this.#inBatches(
      entries,
      ({ size }) => size,
      report,
      async (batch) => {
        if (!sealer) return this.#sendOpen(batch, report, options);
        const sealed: Sealed[] = [];
        for (const [i, result] of (
          await Promise.allSettled(batch.map((entry) => sealedWith(sealer, entry)))
        ).entries()) {
          if (result.status === 'fulfilled') sealed.push(result.value);
          else report.failed(batch[i] as PreparedEntry, result.reason);
        }
        if (sealed.length > 0) await this.#sendSealed(sealed, report, options);
      },
    );
    return report.outcome();
  }

  async sealed(frames: readonly SealedFrame[], options: CallOptions | undefined): Promise<BatchOutcome> {
    const entries = frames.map((frame) => ({ id: frame.entry.id, sessionId: frame.entry.sessionId, frame }));
    const report = new BatchReport(entries);
    await this.#inBatches(
      entries,
      ({ frame }) => frame.content.length,
      report,
      async (batch) => {
        const sealed = batch.map((entry) => ({
          entry,
          frame: entry.frame,
          content: () => this.#contentOf(entry.frame),
        }));
        const [only] = sealed;
        // Alone, a refusal comes with its status and its problem.
        if (only && sealed.length === 1) report.archived(only.entry, await this.#oneSealed(only, options));
        else await this.#sendSealed(sealed, report, options);
      },
    );
    return report.outcome();
  }

  async #inBatches<E extends BatchEntry>(
    entries: readonly E[],
    sizeOf: (entry: E) => number,
    report: BatchReport,
    send: (batch: readonly E[]) => Promise<void>,
  ): Promise<void> {
    const { batchSize, maxBatchBytes } = this.#options;
    const batches: (readonly E[])[] = batchesOf(entries, sizeOf, batchSize, maxBatchBytes);
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      try {
        await send(batch);
      } catch (error) {
        // A service that takes less at once than was assumed.
        if (batch.length > 1 && isIntegrationError(error) && error.status === 413) batches.unshift(...halvesOf(batch));
        else report.requestFailed(batch, error);
      }
    }
  }

  async #sendOpen(
    batch: readonly PreparedEntry[],
    report: BatchReport,
    options: CallOptions | undefined,
  ): Promise<void> {
    const { method, path } = endpoints.batchArchive;
    const body = `[${batch.map(entryJson).join(',')}]`;
    const request = { method, path, body, headers: this.#options.flags, invalidates };
    report.answered(batch, (await this.#http.call(request, json(batchResult), options)).value);
  }

  async #oneSealed(sealed: Sealed, options: CallOptions | undefined): Promise<ArchiveReceipt> {
    const { method, path } = endpoints.archiveSession;
    const body = encodeSealedFrames([sealed.frame]);
    const request = { method, path, body, contentType: sealedFramesMediaType, invalidates };
    const { value } = await this.#http.call(request, json(archiveReceipt), options);
    await this.#confirm(sealed, value, options);
    return value;
  }

  async #sendSealed(batch: readonly Sealed[], report: BatchReport, options: CallOptions | undefined): Promise<void> {
    const { method, path } = endpoints.batchArchive;
    const body = encodeSealedFrames(batch.map(({ frame }) => frame));
    const request = { method, path, body, contentType: sealedFramesMediaType, invalidates };
    const { value } = await this.#http.call(request, json(batchResult), options);
    const receipts = new Map(value.receipts?.map((receipt) => [receipt.archiveId, receipt]));
    const archived = new Set(value.archived);
    for (const sealed of batch) {
      const { entry } = sealed;
      if (!archived.has(entry.id)) continue;
      try {
        const receipt = receipts.get(entry.id);
        if (!receipt) throw new IntegrityError(entry.id, 'the vault gave no receipt');
        await this.#confirm(sealed, receipt, options);
        report.archived(entry, receipt);
      } catch (error) {
        report.failed(entry, error);
      }
    }
    const others = batch.flatMap(({ entry }) => (archived.has(entry.id) ? [] : [entry]));
    report.answered(others, value);
  }

  /** A session counts as archived only when the vault confirms the digest that was sent, or holds the same content. */
  async #confirm(
    { entry: { id, sessionId }, frame, content }: Sealed,
    receipt: ArchiveReceipt,
    options: CallOptions | undefined,
  ): Promise<void> {
    if (receipt.archiveId !== id || receipt.sessionId !== sessionId)
      throw new IntegrityError(id, 'the receipt is for another archive');
    if (receipt.digest === frame.entry.digest) return;
    if (!receipt.duplicate)
      throw new IntegrityError(id, 'the vault confirmed another digest than that of the bytes sent');
    // Sealed again after a crash, the same content has other bytes; what the vault holds must open to the same.
    const held = await this.#reader.verify(id, options);
    if (held.digest !== receipt.digest || !equal(held.content, await content()))
      throw new IntegrityError(id, 'the vault holds other content under this id');
  }

  #contentOf({ entry: { id, sessionId }, content }: SealedFrame): Promise<Uint8Array> {
    const { sealer } = this.#options;
    if (sealer) return sealer.open(content, { archiveId: id, sessionId });
    throw new IntegrityError(id, 'the vault holds other sealed bytes under this id; only a sealer can compare them');
  }
}

async function sealedWith(sealer: NonNullable<ResolvedVaultOptions['sealer']>, entry: PreparedEntry): Promise<Sealed> {
  return { entry, frame: await sealEntry(entry, sealer), content: () => Promise.resolve(entry.content) };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
