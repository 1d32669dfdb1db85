import { type ArchiveContext } from './archive-context.ts';
import { ArchiveError } from './archive-error.ts';
import { type Compression, maxChunkBits, minChunkBits } from './archive-header.ts';
import { codecs } from './codec.ts';
import { structural } from './dictionary/structural.ts';
import { dictionariesSupported, type ZstdDictionary } from './dictionary/zstd-dictionary.ts';
import { type KeyProvider } from './key-provider.ts';

/** How to seal. */
export interface SealOptions {
  /** What the archive belongs to; the same must be named to open it. */
  readonly context: ArchiveContext;
  /** Who wraps the data key. Without it the archive is **not encrypted** and only protected against accidents. */
  readonly keys?: KeyProvider;
  /** @default 'zstd' */
  readonly compression?: Compression;
  /**
   * The compression level: zstd 1 to 22, gzip 1 to 9, brotli 0 to 11.
   *
   * @default 3 for zstd, 6 for gzip, 5 for brotli
   */
  readonly level?: number;
  /**
   * What zstd may refer to: the dictionary that ships with this package, your own, or none.
   *
   * @default 'structural' with zstd where node:zlib supports dictionaries, else 'none'
   */
  readonly dictionary?: 'structural' | 'none' | ZstdDictionary;
  /**
   * The media type of the content, in clear in the header; at most 255 bytes of ASCII.
   *
   * @default 'application/octet-stream'
   */
  readonly contentType?: string;
  /**
   * Bytes of content per chunk, a power of two from 4 KiB to 16 MiB. Sealing and opening streams needs a few times this
   * in memory; a range is read in whole chunks.
   *
   * @default 1_048_576
   */
  readonly chunkBytes?: number;
}

/** What sealing runs on. */
export interface ResolvedSealOptions {
  readonly context: ArchiveContext;
  readonly keys: KeyProvider | undefined;
  readonly compression: Compression;
  readonly dictionary: ZstdDictionary | undefined;
  readonly level: number;
  readonly contentType: string;
  readonly chunkBytes: number;
}

const mediaType = /^[\x21-\x7e]+\/[\x20-\x7e]+$/;

/** @throws ArchiveError `invalid_options` naming the option and its value */
export function resolveSealOptions(options: SealOptions): ResolvedSealOptions {
  const { compression = 'zstd', contentType = 'application/octet-stream', chunkBytes = 1024 * 1024 } = options;
  if (compression !== 'none' && !Object.hasOwn(codecs, compression))
    throw new ArchiveError(
      'invalid_options',
      `\`compression\` must be none, zstd, gzip or brotli, got ${compression as string}`,
    );
  if (contentType.length > 255 || !mediaType.test(contentType))
    throw new ArchiveError('invalid_options', '`contentType` must be a media type of at most 255 ASCII characters');
  const bits = Math.log2(chunkBytes);
  if (!Number.isInteger(bits) || bits < minChunkBits || bits > maxChunkBits)
    throw new ArchiveError(
      'invalid_options',
      `\`chunkBytes\` must be a power of two from ${2 ** minChunkBits} to ${2 ** maxChunkBits}, got ${chunkBytes}`,
    );
  return {
    context: options.context,
    keys: options.keys,
    compression,
    dictionary: resolveDictionary(compression, options.dictionary),
    level: resolveLevel(compression, options.level),
    contentType,
    chunkBytes,
  };
}

function resolveLevel(compression: Compression, level: number | undefined): number {
  if (compression === 'none') {
    if (level !== undefined) throw new ArchiveError('invalid_options', '`level` needs a `compression` other than none');
    return 0;
  }
  const { minLevel, maxLevel, defaultLevel } = codecs[compression];
  const resolved = level ?? defaultLevel;
  if (!Number.isInteger(resolved) || resolved < minLevel || resolved > maxLevel)
    throw new ArchiveError(
      'invalid_options',
      `\`level\` must be an integer from ${minLevel} to ${maxLevel} for ${compression}, got ${resolved}`,
    );
  return resolved;
}

function resolveDictionary(
  compression: Compression,
  dictionary: 'structural' | 'none' | ZstdDictionary | undefined,
): ZstdDictionary | undefined {
  const usable = compression === 'zstd' && dictionariesSupported();
  if (dictionary === undefined) return usable ? structural() : undefined;
  if (dictionary === 'none') return undefined;
  if (!usable)
    throw new ArchiveError('invalid_options', '`dictionary` needs compression zstd and a Node.js that supports it');
  return dictionary === 'structural' ? structural() : dictionary;
}
