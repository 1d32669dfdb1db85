import { costOf, modelMetadata } from '@llm-memory-graph/contracts';
import { expect, it } from 'vitest';
import { seedModels } from './seed-models.ts';

it('lists a handful of models that cross the wire as they are, each with its source', () => {
  expect(seedModels.map((model) => model.modelId)).toEqual([
    'gpt-4',
    'gpt-4o',
    'gpt-4o-mini',
    'claude-3-5-sonnet-20241022',
    'meta-llama/Llama-3.1-8B-Instruct',
  ]);
  for (const model of seedModels) {
    expect(modelMetadata.decode(JSON.parse(JSON.stringify(modelMetadata.encode(model))))).toEqual(model);
    expect(model.metadata['source']).toMatch(/^https:\/\//);
    expect(model.createdAt.getTime()).toBeLessThan(Date.parse('2026-01-01'));
  }
});

it('tells what the models cost where they have a price', () => {
  const tokens = { promptTokens: 1_000_000n, completionTokens: 500_000n };
  const costs = seedModels.map(({ metadata }) => costOf(metadata, tokens)?.total);
  expect(costs).toEqual(['60', '7.5', '0.45', '10.5', undefined]);
});
