import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it } from 'vitest';
import { models, registryFor } from './registry.ts';

const session = { sessionId: 's1', modelId: 'gpt-4' };
const report = { sessionId: 's1', modelId: 'gpt-4', promptTokens: 10, completionTokens: 5 };
const cache = { models: { ttlMs: 1_000 }, usage: { ttlMs: 1_000 } };

async function registry(options: object = {}) {
  const { client, sent, store } = registryFor();
  await store.saveModels(models);
  await client().registerSession(session);
  sent.length = 0;
  return { registry: client(options), other: client(), sent };
}

describe('what a RegistryClient keeps', () => {
  it('is nothing unless asked for', async () => {
    const { registry: client, sent } = await registry();
    for (let i = 0; i < 2; i++) {
      await client.getModelMetadata('gpt-4');
      await client.getSessionUsage('s1');
    }
    expect(sent).toHaveLength(4);
  });

  it('is model metadata and usage, and never a session', async () => {
    const { registry: client, sent } = await registry({ cache });
    for (let i = 0; i < 2; i++) {
      await client.getModelMetadata('gpt-4');
      await client.listModels();
      await client.getSessionUsage('s1');
      await client.getModelUsage('gpt-4');
      await client.getSession('s1');
      await client.listSessions();
    }
    expect(sent.map(({ url }) => new URL(url).pathname.slice('/api/v1'.length))).toEqual([
      '/models/gpt-4',
      '/models',
      '/sessions/s1/usage',
      '/models/gpt-4/usage',
      ...['/sessions/s1', '/sessions'],
      ...['/sessions/s1', '/sessions'],
    ]);
  });

  it('is asked for again by its ETag when its time is over; the registry answers that it holds', async () => {
    const clock = new TestClock();
    const { registry: client, sent } = await registry({ cache, clock });
    const statuses: (string | undefined)[] = [];
    const onAnswer = ({ cached }: { readonly cached?: string }): void => void statuses.push(cached);
    const first = await client.getModelMetadata('gpt-4', { onAnswer });
    await clock.advance(1_001);
    expect(await client.getModelMetadata('gpt-4', { onAnswer })).toEqual(first);
    expect(await client.getModelMetadata('gpt-4', { onAnswer })).toEqual(first);
    expect(statuses).toEqual([undefined, 'revalidated', 'fresh']);
    expect(sent.map(({ headers }) => headers.has('if-none-match'))).toEqual([false, true]);
  });

  it('of usage is seen at once after own reports, whichever way they came, and later after those of others', async () => {
    const clock = new TestClock();
    const { registry: client, other } = await registry({ cache, clock });
    const tokens = async (): Promise<number[]> => [
      (await client.getSessionUsage('s1')).totalTokens,
      (await client.getModelUsage('gpt-4')).totalTokens,
    ];
    expect(await tokens()).toEqual([0, 0]);
    await client.trackUsage(report);
    expect(await tokens()).toEqual([15, 15]);
    await client.trackUsageBatch([report, { ...report, modelId: '' }]);
    expect(await tokens()).toEqual([45, 45]);
    await other.trackUsage(report);
    expect(await tokens()).toEqual([45, 45]);
    await clock.advance(1_001);
    expect(await tokens()).toEqual([60, 60]);
    await client.deleteSession('s1');
    await expect(client.getSessionUsage('s1')).rejects.toMatchObject({ status: 404 });
    expect((await client.getModelUsage('gpt-4')).totalTokens).toBe(0);
  });
});
