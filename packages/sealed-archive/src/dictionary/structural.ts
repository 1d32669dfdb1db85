import { ArchiveError } from '../archive-error.ts';
import { structuralText } from './structural-1.ts';
import { zstdDictionary, type ZstdDictionary } from './zstd-dictionary.ts';

let shipped: ZstdDictionary | undefined;

/** The dictionary that ships with this package: the structure of session documents and chat messages. */
export function structural(): ZstdDictionary {
  return (shipped ??= zstdDictionary(Buffer.from(structuralText, 'utf8')));
}

/**
 * The shipped dictionary with your application's own fixed texts: system prompts, tool definitions. Sessions of an
 * agent repeat them word for word, so this about doubles what compression saves. Never pass what a user wrote: it would
 * outlive the erasure of the user's archives. Keep the texts, in this order, as long as the archives.
 *
 * @param texts the most frequent last; 48 KiB in all
 * @throws ArchiveError `invalid_options`
 *
 * @example
 * ```ts
 * const dictionary = structuralDictionary([JSON.stringify(tools), systemPrompt]);
 * const { bytes } = await seal(content, { context, keys, dictionary });
 * await open(bytes, { context, keys, dictionaries: [dictionary] });
 * ```
 */
export function structuralDictionary(texts: readonly string[]): ZstdDictionary {
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
    throw new ArchiveError('invalid_options', '`texts` must be an array of strings');
  // In a session the texts stand inside JSON strings, with \n and \" escaped.
  const escaped = texts.map((text) => JSON.stringify(text).slice(1, -1)).join('\n');
  return zstdDictionary(Buffer.from(structuralText + escaped, 'utf8'));
}
