// Sealing with node:crypto and node:zlib; kept apart so that the client itself loads in a browser.

import { createHash } from 'node:crypto';
import {
  open,
  openChunks,
  seal,
  sealChunks,
  type KeyProvider,
  type Sealing,
  type ZstdDictionary,
} from '@llm-memory-graph/sealed-archive';
import type { Sealer } from '../sealer.ts';

export { fileSpool, type FileSpoolOptions } from './file-spool.ts';

/** Options of {@link archiveSealer}. */
export interface ArchiveSealerOptions {
  /** Wraps the data key of each archive. */
  readonly keys: KeyProvider;
  /** Whose archives these are; bound into every one of them. @default 'default' */
  readonly tenant?: string;
  /** @default 'zstd' */
  readonly compression?: 'none' | 'zstd' | 'gzip' | 'brotli';
  /** How hard it compresses: zstd 1 to 22, gzip 1 to 9, brotli 0 to 11. @default 3, 6, 5 */
  readonly level?: number;
  /**
   * Texts that zstd may refer to, from `structuralDictionary`: the last seals, all of them open. Keep one as long as
   * the archives that were sealed with it: they cannot be opened without.
   *
   * @default none: the dictionary that ships with `sealed-archive`
   */
  readonly dictionaries?: readonly ZstdDictionary[];
  /** What seals sessions, `sealingThreads()` above all; streams are sealed here. @default the thread that asks */
  readonly sealing?: Sealing;
  /** Largest content that is opened, in bytes. @default the container's own bound */
  readonly maxContentBytes?: number;
}

/**
 * Seals with `@llm-memory-graph/sealed-archive`: zstd, then AES-256-GCM under a fresh key per archive.
 *
 * @example
 * const keys = localKeyRing({ keys: { '2026': key }, primary: '2026' });
 * const dictionaries = [structuralDictionary([systemPrompt])];
 * const sealer = archiveSealer({ keys, dictionaries, sealing: sealingThreads() });
 * const vault = new VaultClient({ apiKey, sealer });
 */
export function archiveSealer(options: ArchiveSealerOptions): Required<Sealer> {
  const { keys, tenant = 'default', compression = 'zstd', level, maxContentBytes } = options;
  const { dictionaries = [], sealing = { seal } } = options;
  const dictionary = dictionaries.at(-1);
  const writing = { keys, compression, ...(level !== undefined && { level }), ...(dictionary && { dictionary }) };
  const reading = { keys, dictionaries, ...(maxContentBytes !== undefined && { maxContentBytes }) };
  return {
    seal: (content, context) => sealing.seal(content, { context: { tenant, ...context }, ...writing }),
    open: (sealed, context) => open(sealed, { context: { tenant, ...context }, ...reading }),
    sealStream: (content, context) => sealChunks(content, { context: { tenant, ...context }, ...writing }),
    async *openStream(sealed, context, expected) {
      const hash = createHash('sha256');
      const hashed = async function* (): AsyncGenerator<Uint8Array, void, void> {
        for await (const piece of sealed) {
          hash.update(piece);
          yield piece;
        }
      };
      yield* openChunks(hashed(), { context: { tenant, ...context }, ...reading });
      if (`sha256:${hash.digest('hex')}` !== expected) throw new Error('the sealed bytes have another digest');
    },
  };
}
