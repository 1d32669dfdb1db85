import { type ArchiveContext } from './archive-context.ts';
import { ArchiveError } from './archive-error.ts';
import { maxHonestRatio } from './chunk-sealer.ts';
import { type KeyProvider } from './key-provider.ts';

/** How to open. */
export interface OpenOptions {
  /** What the archive must belong to. */
  readonly context: ArchiveContext;
  /** Who unwraps the data key. When given, an archive that is not encrypted is refused. */
  readonly keys?: KeyProvider;
  /**
   * Accept an archive that is not encrypted although `keys` are given. Anyone can make such an archive.
   *
   * @default false
   */
  readonly allowUnencrypted?: boolean;
  /**
   * The most content to give out, in bytes.
   *
   * @default 1_073_741_824 (1 GiB); without limit for streams and ranges, which hold one chunk at a time
   */
  readonly maxContentBytes?: number;
  /**
   * How many times larger than its sealed frame a chunk may get. Sealing keeps below the default.
   *
   * @default 1024
   */
  readonly maxRatio?: number;
}

/** What opening runs on. */
export interface ResolvedOpenOptions {
  readonly context: ArchiveContext;
  readonly keys: KeyProvider | undefined;
  readonly allowUnencrypted: boolean;
  readonly maxContentBytes: number;
  readonly maxRatio: number;
}

export const oneShotMaxContentBytes = 1024 ** 3;

/** @throws ArchiveError `invalid_options` naming the option and its value */
export function resolveOpenOptions(options: OpenOptions, defaultMaxContentBytes: number): ResolvedOpenOptions {
  const { allowUnencrypted = false, maxContentBytes = defaultMaxContentBytes, maxRatio = maxHonestRatio } = options;
  if (Number.isNaN(maxContentBytes) || maxContentBytes < 0)
    throw new ArchiveError('invalid_options', `\`maxContentBytes\` must be a number >= 0, got ${maxContentBytes}`);
  if (Number.isNaN(maxRatio) || maxRatio < 1)
    throw new ArchiveError('invalid_options', `\`maxRatio\` must be a number >= 1, got ${maxRatio}`);
  return { context: options.context, keys: options.keys, allowUnencrypted, maxContentBytes, maxRatio };
}
