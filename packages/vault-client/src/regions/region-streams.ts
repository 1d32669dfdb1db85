import type { ArchiveMetadata, ArchiveReceipt } from '@llm-memory-graph/contracts';
import { InvalidConfigError } from '@llm-memory-graph/http';
import { prepareFields, type PreparedFields } from '../entry.ts';
import { IntegrityError } from '../integrity-error.ts';
import { sealStreamOf, sealToSpool } from '../stream/archive-stream.ts';
import { iterated } from '../stream/parts.ts';
import { decodeToken } from '../stream/resume-token.ts';
import { sameBytes } from '../stream/same-bytes.ts';
import type { Spool } from '../stream/spool.ts';
import type {
  ArchiveStreamOptions,
  ResumeStreamOptions,
  RetrieveStreamOptions,
  StreamInput,
} from '../stream/stream-options.ts';
import { agreedProgress } from './agreed-progress.ts';
import { archiveInStep } from './archive-in-step.ts';
import { askToDecide, type Answers } from './ask-all.ts';
import type { Background } from './background.ts';
import type { Tell } from './events.ts';
import type { ResolvedMultiRegion } from './options.ts';
import { reconcile } from './reconcile.ts';
import { stateOf, type Region, type RegionState } from './region.ts';
import { failureOf, settled } from './settled.ts';

/** What streams need of the vault that they are of. */
export interface StreamsShared {
  readonly tell: Tell;
  readonly background: Background;
  readonly watchLag: (answers: Answers<unknown>, archiveId: string) => void;
  /** The content of an archive that is there. */
  readonly held: (archiveId: string, options: RetrieveStreamOptions) => AsyncIterable<Uint8Array>;
}

/** Archives streams in several regions; see `MultiRegionVault`. */
export class RegionStreams {
  readonly #options: ResolvedMultiRegion;
  readonly #shared: StreamsShared;

  constructor(options: ResolvedMultiRegion, shared: StreamsShared) {
    this.#options = options;
    this.#shared = shared;
  }

  async archive(
    source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
    input: StreamInput,
    options: ArchiveStreamOptions,
  ): Promise<ArchiveReceipt> {
    const { sealer, agreement } = this.#options;
    const { spool, onToken, ...call } = options;
    if (onToken && !spool) throw new InvalidConfigError('onToken needs spool: without it nobody else has the bytes');
    // Filled in once, so that all regions get the same.
    const whole = { id: crypto.randomUUID(), archivedAt: new Date(), ...input };
    const entry = prepareFields(whole);
    const sealStream = sealStreamOf(sealer);
    const content = iterated(source);
    const held = await this.#heldBefore(entry, content, call);
    if (held) return held;
    if (spool)
      return this.resume(await sealToSpool({ sealer }, content, entry, spool, options), {
        ...call,
        spool,
      });
    const sealed = sealStream(content, { archiveId: entry.id, sessionId: entry.sessionId });
    const answers = await archiveInStep(this.#options, sealed, whole, call);
    this.#shared.watchLag(answers, entry.id);
    return settled(answers, agreement, options);
  }

  /** An archive that is there already, from a call that failed or whose answer was lost; it is brought to all. */
  async #heldBefore(
    { id, sessionId }: PreparedFields,
    content: AsyncIterable<Uint8Array>,
    options: RetrieveStreamOptions,
  ): Promise<ArchiveReceipt | undefined> {
    const { agreement } = this.#options;
    const states = (): Promise<Answers<RegionState>> =>
      askToDecide(this.#options, (region) => stateOf(region, id, options));
    const known = holdersIn(await states());
    const [[, metadata] = []] = known;
    if (!metadata) return undefined;
    const isSame = metadata.sessionId === sessionId && (await sameBytes(content, this.#shared.held(id, options)));
    if (!isSame) throw new IntegrityError(id, 'the vault holds other content under this id');
    await reconcile(this.#options, id, this.#shared.tell, options);
    const now = await states();
    if (!agreement(holdersIn(now).keys())) {
      if (now.failed.size > 0) throw failureOf(now, options);
      throw new IntegrityError(id, 'too few regions confirmed it');
    }
    const { archiveId, archivedAt, digest, size } = metadata;
    return { archiveId, sessionId, status: 'archived', archivedAt, digest, size, duplicate: true };
  }

  async resume(token: string, options: ResumeStreamOptions): Promise<ArchiveReceipt> {
    const { agreement } = this.#options;
    const { name, archiveId } = decodeToken(token);
    const { spool } = options;
    const read: Spool['read'] = (...bytes) => spool.read(...bytes);
    const kept: Spool = { read, write: () => Promise.resolve(), remove: () => Promise.resolve() };
    const progress = agreedProgress(agreement, options.onProgress);
    const answers = await askToDecide(this.#options, (region) =>
      region.vault.resumeArchiveStream(token, { ...options, spool: kept, onProgress: progress(region) }),
    );
    this.#shared.watchLag(answers, archiveId);
    const receipt = settled(answers, agreement, options);
    const cleared = answers.all.then(() => spool.remove(name));
    this.#shared.background.track(
      cleared.catch(() => undefined),
      () => undefined,
    );
    if (answers.answered.size + answers.failed.size === this.#options.regions.length) await cleared;
    return receipt;
  }
}

function holdersIn({ answered }: Answers<RegionState>): Map<Region, ArchiveMetadata> {
  return new Map(
    [...answered].flatMap(([region, state]) => (state.state === 'held' ? [[region, state.metadata]] : [])),
  );
}
