import { type ArchiveContext } from './archive-context.ts';
import { ArchiveError } from './archive-error.ts';
import { maxHonestRatio } from './chunk-codec.ts';
import { structural } from './dictionary/structural.ts';
import { dictionariesSupported, type ZstdDictionary } from './dictionary/zstd-dictionary.ts';
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
  /**
   * The dictionaries that archives may need, besides the one that ships with this package.
   *
   * @default []
   */
  readonly dictionaries?: readonly ZstdDictionary[];
}

/** What opening runs on. */
export interface ResolvedOpenOptions {
  readonly context: ArchiveContext;
  readonly keys: KeyProvider | undefined;
  readonly allowUnencrypted: boolean;
  readonly maxContentBytes: number;
  readonly maxRatio: number;
  readonly dictionaries: readonly ZstdDictionary[];
}

export const oneShotMaxContentBytes = 1024 ** 3;

/** @throws ArchiveError `invalid_options` naming the option and its value */
export function resolveOpenOptions(options: OpenOptions, defaultMaxContentBytes: number): ResolvedOpenOptions {
  const { allowUnencrypted = false, maxContentBytes = defaultMaxContentBytes, maxRatio = maxHonestRatio } = options;
  if (Number.isNaN(maxContentBytes) || maxContentBytes < 0)
    throw new ArchiveError('invalid_options', `\`maxContentBytes\` must be a number >= 0, got ${maxContentBytes}`);
  if (Number.isNaN(maxRatio) || maxRatio < 1)
    throw new ArchiveError('invalid_options', `\`maxRatio\` must be a number >= 1, got ${maxRatio}`);
  const { context, keys, dictionaries = [] } = options;
  return { context, keys, allowUnencrypted, maxContentBytes, maxRatio, dictionaries };
}

/** @throws ArchiveError `unsupported_version` when the dictionary is not at hand */
export function findDictionary(
  id: string | undefined,
  dictionaries: readonly ZstdDictionary[],
): ZstdDictionary | undefined {
  if (id === undefined) return undefined;
  const found = [...dictionaries, structural()].find((dictionary) => dictionary.id === id);
  if (!found) throw new ArchiveError('unsupported_version', `the archive needs the unknown dictionary ${id}`);
  if (!dictionariesSupported())
    throw new ArchiveError('unsupported_version', 'this release of Node.js cannot use zstd dictionaries');
  return found;
}
