import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { createRegistryServer, memoryRegistryStore } from '../src/index.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { operationId: string }>>;
  readonly components: { readonly schemas: Record<string, { required?: string[]; properties?: object }> };
}

async function document(): Promise<Document> {
  const { fetch } = createRegistryServer({ store: memoryRegistryStore(), keys: [{ secret: 'k' }] });
  return (await (await fetch(new Request('http://registry/openapi.json'))).json()) as Document;
}

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { openapi, ...rest } = await document();
    expect(openapi).toBe('3.1.0');
    expect(await new Validator().validate({ openapi, ...rest })).toEqual({ valid: true });
  });

  it('describes every operation in the names of the wire', async () => {
    const { paths, components } = await document();
    const operations = Object.values(paths).flatMap((path) => Object.values(path).map((o) => o.operationId));
    expect(operations).toHaveLength(17);
    expect(components.schemas['UsageStats']?.required).toContain('avg_latency_ms');
    expect(components.schemas['SessionRegistration']?.required).toEqual(['session_id', 'model_id']);
    expect(JSON.stringify(components)).not.toMatch(/"(?:sessionId|modelId|promptTokens)"/);
    expect(components.schemas['UsageReport']?.properties).toMatchObject({
      prompt_tokens: { type: 'integer', format: 'int64' },
      timestamp: { type: 'string', format: 'date-time' },
    });
  });
});
