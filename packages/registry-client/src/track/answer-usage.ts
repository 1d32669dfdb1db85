import { textLength } from './text-length.ts';

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Json) : undefined;
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/**
 * Adds up what an answer says of its usage, whole or event by event: Chat Completions, Completions, Embeddings and
 * Responses of OpenAI, Messages of Anthropic.
 */
export class AnswerUsage {
  model: string | undefined;
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  totalTokens: number | undefined;
  /** Whether more usage was to come when the answer ended. */
  partial = false;
  /** Characters of the answer; only events that were parsed count. */
  characters = 0;

  /** Whether the answer said something of its usage. */
  get known(): boolean {
    return this.promptTokens !== undefined || this.completionTokens !== undefined;
  }

  /** A whole answer. */
  answer(json: unknown): void {
    const value = object(json);
    if (!value) return;
    this.#read(value);
    this.characters += textLength(value);
  }

  /** One event of a stream. @returns true when it is the last one */
  event(json: unknown): boolean {
    const event = object(json);
    if (!event) return false;
    const type = typeof event['type'] === 'string' ? event['type'] : '';
    // Responses repeats all text when a part is done, and wraps its answer; Messages wraps the head of its own.
    if (type.startsWith('response.')) {
      if (type.endsWith('.delta')) this.characters += textLength(event['delta']);
      const response = object(event['response']);
      if (response) this.#read(response);
      return type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed';
    }
    const message = type === 'message_start' ? object(event['message']) : undefined;
    if (message) {
      this.#read(message);
      this.partial = this.known;
      return false;
    }
    this.characters += textLength(event);
    if (this.#read(event)) this.partial = false;
    return type === 'message_stop';
  }

  /** @returns whether there was usage */
  #read(value: Json): boolean {
    if (typeof value['model'] === 'string' && value['model'] !== '') this.model = value['model'];
    const usage = object(value['usage']);
    if (!usage) return false;
    const input = count(usage['input_tokens']);
    // Anthropic counts what came from or went to its prompt cache apart.
    const cached = (count(usage['cache_creation_input_tokens']) ?? 0) + (count(usage['cache_read_input_tokens']) ?? 0);
    const prompt = count(usage['prompt_tokens']) ?? (input === undefined ? undefined : input + cached);
    const completion = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
    const total = count(usage['total_tokens']);
    // The counts of later events replace earlier ones: they are sums over the answer so far.
    if (prompt !== undefined) this.promptTokens = prompt;
    if (completion !== undefined) this.completionTokens = completion;
    if (total !== undefined) this.totalTokens = total;
    return prompt !== undefined || completion !== undefined;
  }
}
