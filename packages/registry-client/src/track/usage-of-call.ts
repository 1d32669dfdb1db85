import type { UsageInput } from '../usage/usage-input.ts';
import type { AnswerUsage } from './answer-usage.ts';
import { estimatedTokens, textLength } from './text-length.ts';

/** What is known of a call besides its answer. */
export interface CallFacts {
  readonly sessionId: string;
  /** For example `chat/completions`. */
  readonly endpoint: string;
  /** Body of the request, where it is text. */
  readonly request: string | undefined;
  readonly latencyMs: number;
  /** Whether the answer came to its end. */
  readonly complete: boolean;
  readonly estimate: boolean;
}

function requestOf(text: string | undefined): { readonly model?: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The report of a call, or `undefined` when there is nothing to report. */
export function usageOfCall(seen: AnswerUsage, facts: CallFacts): UsageInput | undefined {
  const { sessionId, endpoint, latencyMs, complete, estimate } = facts;
  const estimated = estimate && (!seen.known || seen.partial);
  if (!seen.known && !estimated) return undefined;
  const request = seen.model === undefined || estimated ? requestOf(facts.request) : {};
  const { promptTokens = estimated ? estimatedTokens(textLength(request)) : 0 } = seen;
  const written = estimated ? estimatedTokens(seen.characters) : 0;
  const completionTokens = Math.max(seen.completionTokens ?? 0, written);
  const modelId = seen.model ?? (typeof request.model === 'string' ? request.model : '');
  return {
    sessionId,
    modelId,
    promptTokens,
    completionTokens,
    totalTokens: estimated ? promptTokens + completionTokens : (seen.totalTokens ?? promptTokens + completionTokens),
    latencyMs,
    metadata: { endpoint, ...(estimated && { estimated }), ...((!complete || seen.partial) && { complete: false }) },
  };
}
