import { generateKeyPairSync } from 'node:crypto';

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';

import { testVault } from './test-vault.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { operationId: string; parameters?: { name?: string }[] }>>;
  readonly components: { readonly schemas: Record<string, { required?: string[]; properties?: object }> };
}

const vault = testVault({ checkpointKey: generateKeyPairSync('ed25519').privateKey });
const document = async (): Promise<Document> => (await vault.ask('GET', '/openapi.json')).json() as Promise<Document>;

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { openapi, ...rest } = await document();
    expect(openapi).toBe('3.1.0');
    expect(await new Validator().validate({ openapi, ...rest })).toEqual({ valid: true });
  });

  it('lists exactly what the service answers', async () => {
    const { paths } = await document();
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    for (const [path, operations] of Object.entries(paths)) {
      const target = path.replace('{id}', 'some-id');
      const listed = Object.keys(operations).map((method) => method.toUpperCase());
      // An archive may have the id "batch" or "read-back".
      for (const method of /\/(batch|read-back)$/.test(path) ? ['POST'] : methods) {
        const answer = await vault.ask(method, target, method === 'GET' ? undefined : '{}');
        const isThere = answer.status !== 405 && !(answer.status === 404 && (await isNoResource(answer)));
        expect(isThere, `${method} ${path}: ${answer.status}`).toBe(listed.includes(method));
      }
    }
  });

  it('describes every operation in the names of the wire', async () => {
    const { paths, components } = await document();
    const operations = Object.values(paths).flatMap((path) => Object.values(path).map((o) => o.operationId));
    expect(new Set(operations).size).toBe(operations.length);
    expect(components.schemas['ArchiveMetadata']?.required).toContain('expires_at');
    expect(components.schemas['ErasureRequest']?.required ?? []).toEqual([]);
    expect(JSON.stringify(components)).not.toMatch(/"(?:archiveId|sessionId|auditSequence|dryRun)"/);
    const names = paths['/api/v1/archive']?.['get']?.parameters?.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['as_of', 'metadata_key', 'compliance_level', 'page_size']));
  });
});

async function isNoResource(answer: Response): Promise<boolean> {
  const { detail } = (await answer.json()) as { detail: string };
  return detail === 'there is nothing at this path';
}
