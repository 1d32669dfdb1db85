import * as z from 'zod/mini';
import { count, metadata, tags, freeForm } from '../fields.ts';
import { contract } from '../wire/contract.ts';

const modelParameters = z.object({
  /** Sampling temperature; the existing client requires a number. */
  temperature: z.number(),
  maxTokens: z._default(z.nullable(count), null),
  topP: z._default(z.nullable(z.number()), null),
  frequencyPenalty: z._default(z.nullable(z.number()), null),
  presencePenalty: z._default(z.nullable(z.number()), null),
  stopSequences: z._default(z.array(z.string()), () => []),
  custom: z._default(freeForm, () => ({})),
});
export type ModelParameters = z.output<typeof modelParameters>;

const modelMetadataSchema = z.object({
  modelId: z.string(),
  version: z.string(),
  provider: z.string(),
  description: z.optional(z.nullable(z.string())),
  parameters: modelParameters,
  createdAt: z.date(),
  capabilities: z._default(z.array(z.string()), () => []),
  tags,
  metadata,
});

/** A model as the registry lists it. */
export const modelMetadata = contract('ModelMetadata', modelMetadataSchema);
export type ModelMetadata = ReturnType<typeof modelMetadata.parse>;
export type ModelMetadataInput = Parameters<typeof modelMetadata.parse>[0];

export const modelPage = contract(
  'ModelPage',
  z.object({
    models: z.array(modelMetadataSchema),
    total: count,
    page: count,
    pageSize: count,
    nextCursor: z.optional(z.nullable(z.string())),
  }),
);
export type ModelPage = ReturnType<typeof modelPage.parse>;
