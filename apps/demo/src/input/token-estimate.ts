/** Mean characters per token of English text with common tokenizers; good to about a third. */
const charactersPerToken = 4;

/** A rough count for text whose real count nobody wrote down; reports that use it are marked `estimated`. */
export function estimateTokens(value: unknown): number {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
  return Math.ceil(text.length / charactersPerToken);
}
