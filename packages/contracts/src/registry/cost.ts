import { decimalOf, decimalText, millionths, sum } from './decimal.ts';
import type { UsageCost } from './usage.ts';

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * What usage costs by the prices in a model's metadata:
 * `"pricing": {"currency": "USD", "prompt_per_million": "2.50", "completion_per_million": "10"}`, each price for a
 * million tokens. Null without prices or when they cannot be read.
 */
export function costOf(
  metadata: Readonly<Record<string, unknown>>,
  usage: { readonly promptTokens: bigint; readonly completionTokens: bigint },
): UsageCost | null {
  const { currency, prompt_per_million, completion_per_million } = membersOf(metadata['pricing']);
  const promptPrice = decimalOf(prompt_per_million);
  const completionPrice = decimalOf(completion_per_million);
  if (!promptPrice || !completionPrice || typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return null;
  const prompt = millionths(usage.promptTokens, promptPrice);
  const completion = millionths(usage.completionTokens, completionPrice);
  return {
    currency,
    prompt: decimalText(prompt),
    completion: decimalText(completion),
    total: decimalText(sum(prompt, completion)),
  };
}
