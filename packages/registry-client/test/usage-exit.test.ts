import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runsSource } from '../../../readme.shared.ts';
import { RegistryClient, UsageBuffer } from '../src/index.ts';
import { flushOnExit } from '../src/node/index.ts';
import { child } from './child-process.ts';
import { served } from './served.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usage-exit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const patience = { timeout: 60_000, interval: 10 };

/** A real registry on a socket. `loses` says of which requests the answer is lost, after they took effect. */
async function registry({ loses = () => false }: { loses?: (request: number) => boolean } = {}) {
  const server = createRegistryServer({ store: memoryRegistryStore(), keys: [] });
  let requests = 0;
  let isDown = false;
  const socket = await served(async (request) => {
    if (isDown) throw new Error('down');
    const response = await server.fetch(request);
    if (request.url.includes('/usage') && request.method === 'POST' && loses(requests++)) throw new Error('lost');
    return response;
  });
  const client = new RegistryClient({ baseUrl: socket.url });
  await client.registerSession({ sessionId: 's1', modelId: 'gpt-4' });
  return {
    url: socket.url,
    count: async () => (await client.getSessionUsage('s1')).totalPrompts,
    setDown: (down: boolean) => (isDown = down),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

describe.skipIf(!runsSource)('H7: the end of a process (needs Node 24)', () => {
  it('kill -9: what was tracked is delivered by the next process', async () => {
    await using service = await registry();
    const spool = join(folder, 'usage.spool');
    service.setDown(true);
    await using killed = child({ url: service.url, reports: 25, spool, stay: true });
    await vi.waitFor(() => expect(killed.out).toContain('!'), patience);
    killed.kill('SIGKILL');
    expect((await killed.end()).signal).toBe('SIGKILL');
    service.setDown(false);
    expect(await service.count()).toBe(0);
    await using next = child({ url: service.url, spool, flush: true });
    expect(await next.end()).toEqual({ code: 0, signal: null, errors: '' });
    expect(await service.count()).toBe(25);
    expect((await stat(spool)).size).toBe(0);
  });

  it.each([3, 21])('kill -9 in the middle of it, answers lost: all count once (after %d reports)', async (after) => {
    await using service = await registry({ loses: (request) => request % 2 === 0 });
    const spool = join(folder, 'usage.spool');
    let tracked = 0;
    for (let life = 0; life < 2; life++) {
      await using killed = child({ url: service.url, everyMs: 1, spool, stay: true });
      await vi.waitFor(() => expect(killed.tracked).toBeGreaterThanOrEqual(after), patience);
      killed.kill('SIGKILL');
      await killed.end();
      tracked += killed.tracked;
    }
    await using last = child({ url: service.url, spool, flush: true });
    expect(await last.end()).toEqual({ code: 0, signal: null, errors: '' });
    // A kill may come between a report that is safe and the word of it.
    expect(await service.count()).toBeGreaterThanOrEqual(tracked);
    expect(await service.count()).toBeLessThanOrEqual(tracked + 2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s: everything is delivered, then the signal ends it', async (signal) => {
    await using service = await registry();
    await using program = child({ url: service.url, reports: 25, hook: {}, stay: true });
    await vi.waitFor(() => expect(program.out).toContain('!'), patience);
    program.kill(signal);
    expect(await program.end()).toEqual({ code: null, signal, errors: '' });
    expect(await service.count()).toBe(25);
  });

  it('SIGTERM while the service is down: it ends within its time, and the spool keeps all', async () => {
    await using service = await registry();
    const spool = join(folder, 'usage.spool');
    service.setDown(true);
    await using program = child({ url: service.url, reports: 25, spool, hook: { deadlineMs: 200 }, stay: true });
    await vi.waitFor(() => expect(program.out).toContain('!'), patience);
    program.kill('SIGTERM');
    expect(await program.end()).toMatchObject({ code: null, signal: 'SIGTERM' });
    service.setDown(false);
    await using next = child({ url: service.url, spool, flush: true });
    expect((await next.end()).code).toBe(0);
    expect(await service.count()).toBe(25);
  });

  it('a second signal ends it at once', async () => {
    await using silent = await served(() => new Promise<Response>(() => undefined));
    await using program = child({ url: silent.url, reports: 25, hook: { deadlineMs: 600_000 }, stay: true });
    await vi.waitFor(() => expect(program.out).toContain('!'), patience);
    program.kill('SIGTERM');
    const again = setInterval(() => program.kill('SIGTERM'), 100);
    const end = await program.end().finally(() => clearInterval(again));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('an application that listens to the signal ends on its own terms', async () => {
    await using service = await registry();
    await using program = child({ url: service.url, reports: 25, hook: {}, stay: true, listens: true });
    await vi.waitFor(() => expect(program.out).toContain('!'), patience);
    program.kill('SIGTERM');
    await vi.waitFor(async () => expect(await service.count()).toBe(25), patience);
    expect(program.out).toContain('heard');
    program.kill('SIGKILL');
    expect((await program.end()).signal).toBe('SIGKILL');
  });

  it('beforeExit: a program that has nothing left to do delivers first', async () => {
    await using service = await registry();
    await using program = child({ url: service.url, reports: 25, hook: {} });
    expect(await program.end()).toEqual({ code: 0, signal: null, errors: '' });
    expect(await service.count()).toBe(25);
  });

  it('beforeExit while the service is down: the program ends all the same', async () => {
    await using service = await registry();
    service.setDown(true);
    await using program = child({ url: service.url, reports: 5, hook: { deadlineMs: 200 } });
    expect((await program.end()).code).toBe(0);
  });

  it('without a hook no timer keeps it alive', async () => {
    await using service = await registry();
    await using program = child({ url: service.url, reports: 5 });
    expect((await program.end()).code).toBe(0);
  });
});

describe('flushOnExit', () => {
  const counts = () => ['beforeExit', 'SIGTERM', 'SIGINT', 'SIGHUP'].map((event) => process.listenerCount(event));

  it('is taken off again', () => {
    const before = counts();
    const buffer = new UsageBuffer(new RegistryClient());
    {
      using hook = flushOnExit(buffer, { signals: ['SIGHUP'] });
      expect(hook).toBeDefined();
      expect(counts().map((count, i) => count - (before[i] ?? 0))).toEqual([1, 0, 0, 1]);
    }
    expect(counts()).toEqual(before);
  });

  it('tells why it could not deliver', async () => {
    const why = new Error('down');
    const onError = vi.fn();
    using _hook = flushOnExit({ pending: 1, flush: () => Promise.reject(why) }, { signals: [], onError });
    const mine = process.listeners('beforeExit').at(-1);
    mine?.(0);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledExactlyOnceWith(why));
  });

  it('refuses a deadline that is none', () => {
    expect(() => flushOnExit(new UsageBuffer(new RegistryClient()), { deadlineMs: NaN })).toThrow('deadlineMs');
  });
});
