// Where requests and answers of the known kinds keep what becomes tokens; images and signatures stand elsewhere.
const textual = new Set([
  'messages',
  'prompt',
  'input',
  'instructions',
  'system',
  'content',
  'parts',
  'text',
  'choices',
  'message',
  'delta',
  'tool_calls',
  'function',
  'arguments',
  'partial_json',
  'thinking',
  'reasoning_content',
  'refusal',
  'output',
  'summary',
]);

/** Characters of text in a request or an answer. Deeper than `depth` levels it does not look. */
export function textLength(value: unknown, depth = 16): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth === 0) return 0;
  let length = 0;
  if (Array.isArray(value)) for (const item of value) length += textLength(item, depth - 1);
  else for (const [key, item] of Object.entries(value)) if (textual.has(key)) length += textLength(item, depth - 1);
  return length;
}

/** A rule of thumb for English; other languages and code take more tokens. */
export function estimatedTokens(characters: number): number {
  return Math.ceil(characters / 4);
}
