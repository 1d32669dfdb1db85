// Sealing with node:crypto and node:zlib; kept apart so that the client itself loads in a browser.

import { createHash } from 'node:crypto';
import { open, openChunks, seal, sealChunks, type KeyProvider } from '@llm-memory-graph/sealed-archive';
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
  /** Largest content that is opened, in bytes. @default the container's own bound */
  readonly maxContentBytes?: number;
}

/**
 * Seals with `@llm-memory-graph/sealed-archive`: zstd, then AES-256-GCM under a fresh key per archive.
 *
 * @example
 * const keys = localKeyRing({ keys: { '2026': key }, primary: '2026' });
 * const vault = new VaultClient({ apiKey, sealer: archiveSealer({ keys }) });
 */
export function archiveSealer(options: ArchiveSealerOptions): Required<Sealer> {
  const { keys, tenant = 'default', compression = 'zstd', maxContentBytes } = options;
  const limit = maxContentBytes === undefined ? {} : { maxContentBytes };
  return {
    seal: (content, context) => seal(content, { context: { tenant, ...context }, keys, compression }),
    open: (sealed, context) => open(sealed, { context: { tenant, ...context }, keys, ...limit }),
    sealStream: (content, context) => sealChunks(content, { context: { tenant, ...context }, keys, compression }),
    async *openStream(sealed, context, expected) {
      const hash = createHash('sha256');
      const hashed = async function* (): AsyncGenerator<Uint8Array, void, void> {
        for await (const piece of sealed) {
          hash.update(piece);
          yield piece;
        }
      };
      yield* openChunks(hashed(), { context: { tenant, ...context }, keys, ...limit });
      if (`sha256:${hash.digest('hex')}` !== expected) throw new Error('the sealed bytes have another digest');
    },
  };
}
