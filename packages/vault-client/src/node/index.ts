// Sealing with node:crypto and node:zlib; kept apart so that the client itself loads in a browser.

import { open, seal, type KeyProvider } from '@llm-memory-graph/sealed-archive';
import type { Sealer } from './sealer.ts';

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
export function archiveSealer(options: ArchiveSealerOptions): Sealer {
  const { keys, tenant = 'default', compression = 'zstd', maxContentBytes } = options;
  return {
    seal: (content, context) => seal(content, { context: { tenant, ...context }, keys, compression }),
    open: (sealed, context) =>
      open(sealed, {
        context: { tenant, ...context },
        keys,
        ...(maxContentBytes !== undefined && { maxContentBytes }),
      }),
  };
}
