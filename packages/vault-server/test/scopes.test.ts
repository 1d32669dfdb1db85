import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { testVault } from './test-vault.ts';

const scopes = ['read', 'write', 'delete', 'hold', 'admin', 'metrics:read'] as const;

/** What each operation of the API takes. One that is new and not here fails the first test. */
const needed: Readonly<Record<string, (typeof scopes)[number]>> = {
  listArchives: 'read',
  retrieveSession: 'read',
  getArchiveMetadata: 'read',
  getArchiveContent: 'read',
  readBackArchives: 'read',
  listRetentionPolicies: 'read',
  getRetentionPolicy: 'read',
  archiveSession: 'write',
  batchArchive: 'write',
  createRetentionPolicy: 'write',
  applyRetentionPolicy: 'write',
  uploadOffset: 'write',
  appendToUpload: 'write',
  cancelUpload: 'write',
  deleteArchive: 'delete',
  eraseArchives: 'delete',
  placeLegalHold: 'hold',
  releaseLegalHold: 'hold',
  lockArchive: 'hold',
  unlockArchive: 'hold',
  retentionSweep: 'admin',
  rewrapKeys: 'admin',
  readAudit: 'admin',
  auditCheckpoint: 'admin',
  auditProof: 'admin',
  auditConsistency: 'admin',
  metrics: 'metrics:read',
};

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

const vault = testVault({
  checkpointKey: generateKeyPairSync('ed25519').privateKey,
  keys: [
    ...scopes.map((scope) => ({ secret: `only-${scope.replace(':', '-')}`, scopes: [scope] })),
    ...scopes.map((scope) => ({
      secret: `all-but-${scope.replace(':', '-')}`,
      scopes: scopes.filter((other) => other !== scope),
    })),
  ],
});

async function operations(): Promise<Operation[]> {
  interface Described {
    readonly operationId: string;
    readonly security?: readonly object[];
  }
  const answer = await vault.server.fetch(new Request('http://vault.test/openapi.json'));
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length !== 0)
      .map(([method, { operationId: id }]) => ({ id, method: method.toUpperCase(), path: path.replace('{id}', 'x') })),
  );
}

function ask({ method, path }: Operation, key: string | undefined): Promise<Response> {
  const headers = key === undefined ? { authorization: '' } : { authorization: `Bearer ${key}` };
  return vault.ask(method, path, ['GET', 'HEAD'].includes(method) ? undefined : '{}', headers);
}

describe('scopes', () => {
  it('are known for every operation that needs a key', async () => {
    expect((await operations()).map(({ id }) => id).sort()).toEqual(Object.keys(needed).sort());
  });

  it('are asked for by every operation: one is enough, all others are not', async () => {
    for (const operation of await operations()) {
      const scope = needed[operation.id]!;
      const name = scope.replace(':', '-');
      const refused = await ask(operation, `all-but-${name}`);
      expect(refused.status, operation.id).toBe(403);
      expect(refused.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
      expect([401, 403], operation.id).not.toContain((await ask(operation, `only-${name}`)).status);
      expect((await ask(operation, undefined)).status, operation.id).toBe(401);
      expect((await ask(operation, 'unknown')).status, operation.id).toBe(401);
    }
  });
});
