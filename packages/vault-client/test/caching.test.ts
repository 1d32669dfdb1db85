import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it } from 'vitest';
import { vaultFor } from './vault.ts';

const cache = { archives: { ttlMs: 1_000 }, policies: { ttlMs: 1_000 } };

async function vault(options: object = {}) {
  const { client, sent } = vaultFor();
  await client().archiveSession({ id: 'a', sessionId: 's', data: 1 });
  await client().createRetentionPolicy({ policyId: 'p', name: 'P', retentionDays: 700 });
  sent.length = 0;
  return { vault: client(options), other: client(), sent };
}

describe('what a VaultClient keeps', () => {
  it('is nothing unless asked for', async () => {
    const { vault: client, sent } = await vault();
    for (let i = 0; i < 2; i++) {
      await client.getArchiveMetadata('a');
      await client.getRetentionPolicy('p');
    }
    expect(sent).toHaveLength(4);
  });

  it('is metadata and policies, and never content or a list', async () => {
    const { vault: client, sent } = await vault({ cache });
    for (let i = 0; i < 2; i++) {
      await client.getArchiveMetadata('a');
      await client.getRetentionPolicy('p');
      await client.retrieveSession('a');
      await client.listArchives();
    }
    expect(sent.map(({ path }) => path.slice('/api/v1'.length))).toEqual([
      '/archive/a/metadata',
      '/policies/p',
      ...['/archive/a', '/archive'],
      ...['/archive/a', '/archive'],
    ]);
  });

  it('is asked for again by its ETag when its time is over; the vault answers that it holds', async () => {
    const clock = new TestClock();
    const { vault: client, sent } = await vault({ cache, clock });
    const statuses: (string | undefined)[] = [];
    const onAnswer = ({ cached }: { readonly cached?: string }): void => void statuses.push(cached);
    const first = await client.getArchiveMetadata('a', { onAnswer });
    await clock.advance(1_001);
    expect(await client.getArchiveMetadata('a', { onAnswer })).toEqual(first);
    expect(await client.getArchiveMetadata('a', { onAnswer })).toEqual(first);
    expect(statuses).toEqual([undefined, 'revalidated', 'fresh']);
    expect(sent.map(({ headers }) => headers.has('if-none-match'))).toEqual([false, true]);
  });

  it('is seen at once after own holds, policies and deletions, and later after those of others', async () => {
    const clock = new TestClock();
    const { vault: client, other } = await vault({ cache, clock });
    const facts = async (): Promise<unknown[]> => {
      const { legalHold, policyId } = await client.getArchiveMetadata('a');
      return [Boolean(legalHold), policyId];
    };
    expect(await facts()).toEqual([false, null]);
    await client.placeLegalHold('a', 'case 1');
    expect(await facts()).toEqual([true, null]);
    await client.applyRetentionPolicy('a', 'p');
    expect(await facts()).toEqual([true, 'p']);
    await other.releaseLegalHold('a');
    expect(await facts()).toEqual([true, 'p']);
    await clock.advance(1_001);
    expect(await facts()).toEqual([false, 'p']);
    await client.deleteArchive('a');
    await expect(client.getArchiveMetadata('a')).rejects.toMatchObject({ status: 410 });
  });
});
