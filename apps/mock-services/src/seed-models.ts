import { modelMetadata, type ModelMetadata } from '@llm-memory-graph/contracts';

interface Facts {
  readonly modelId: string;
  readonly version: string;
  readonly provider: string;
  readonly description: string;
  /** Day the provider made it available. */
  readonly released: string;
  /** Most tokens in prompt and answer together. */
  readonly contextWindow: number;
  readonly maxOutputTokens: number | null;
  /** What the provider samples with when nothing else is asked for. */
  readonly sampling: { readonly temperature: number; readonly topP: number | null };
  /** List price of a million tokens in US dollars when it came out; null where there is none. */
  readonly price: { readonly prompt: string; readonly completion: string } | null;
  readonly capabilities: readonly string[];
  /** Where the facts can be checked. */
  readonly source: string;
}

const facts: readonly Facts[] = [
  {
    modelId: 'gpt-4',
    version: '0613',
    provider: 'openai',
    description: 'GPT-4, snapshot of June 13th 2023 with function calling.',
    released: '2023-06-13',
    contextWindow: 8_192,
    maxOutputTokens: 8_192,
    sampling: { temperature: 1, topP: 1 },
    price: { prompt: '30', completion: '60' },
    capabilities: ['chat', 'tools'],
    source: 'https://platform.openai.com/docs/models/gpt-4',
  },
  {
    modelId: 'gpt-4o',
    version: '2024-08-06',
    provider: 'openai',
    description: 'GPT-4o, snapshot of August 6th 2024 with structured outputs.',
    released: '2024-08-06',
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    sampling: { temperature: 1, topP: 1 },
    price: { prompt: '2.50', completion: '10' },
    capabilities: ['chat', 'tools', 'vision', 'json_schema'],
    source: 'https://platform.openai.com/docs/models/gpt-4o',
  },
  {
    modelId: 'gpt-4o-mini',
    version: '2024-07-18',
    provider: 'openai',
    description: 'GPT-4o mini, snapshot of July 18th 2024.',
    released: '2024-07-18',
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    sampling: { temperature: 1, topP: 1 },
    price: { prompt: '0.15', completion: '0.60' },
    capabilities: ['chat', 'tools', 'vision', 'json_schema'],
    source: 'https://platform.openai.com/docs/models/gpt-4o-mini',
  },
  {
    modelId: 'claude-3-5-sonnet-20241022',
    version: '20241022',
    provider: 'anthropic',
    description: 'Claude 3.5 Sonnet, snapshot of October 22nd 2024.',
    released: '2024-10-22',
    contextWindow: 200_000,
    maxOutputTokens: 8_192,
    sampling: { temperature: 1, topP: null },
    price: { prompt: '3', completion: '15' },
    capabilities: ['chat', 'tools', 'vision'],
    source: 'https://docs.anthropic.com/en/docs/about-claude/models',
  },
  {
    modelId: 'meta-llama/Llama-3.1-8B-Instruct',
    version: '3.1',
    provider: 'meta',
    description: 'Llama 3.1 8B Instruct, open weights.',
    released: '2024-07-23',
    contextWindow: 131_072,
    maxOutputTokens: null,
    sampling: { temperature: 0.6, topP: 0.9 },
    price: null,
    capabilities: ['chat', 'tools'],
    source: 'https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct',
  },
];

function pricingOf({ price }: Facts): object {
  if (price === null) return {};
  return { pricing: { currency: 'USD', prompt_per_million: price.prompt, completion_per_million: price.completion } };
}

/** A handful of real models, so that the registry has something to list. */
export const seedModels: readonly ModelMetadata[] = facts.map((model) =>
  modelMetadata.parse({
    modelId: model.modelId,
    version: model.version,
    provider: model.provider,
    description: model.description,
    parameters: { ...model.sampling, maxTokens: model.maxOutputTokens },
    createdAt: new Date(`${model.released}T00:00:00Z`),
    capabilities: [...model.capabilities],
    tags: ['seed'],
    metadata: { context_window: model.contextWindow, source: model.source, ...pricingOf(model) },
  }),
);
