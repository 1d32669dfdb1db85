import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMockServices, VerificationError, type MockServices } from '../src/index.ts';
import { archive, policy, session, usage } from './bodies.ts';
import { RawClient, type RawAnswer } from './raw-client.ts';

let services: MockServices;
let registry: RawClient;
let vault: RawClient;

async function start(options: Parameters<typeof startMockServices>[0] = {}): Promise<void> {
  services = await startMockServices({ seed: 7, vaultApiKey: 'v', ...options });
  registry = new RawClient(services.registryUrl);
  vault = new RawClient(services.vaultUrl, 'v');
}

async function stop(): Promise<void> {
  registry[Symbol.dispose]();
  vault[Symbol.dispose]();
  await services.close();
}

const json = ({ text }: RawAnswer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const control = (method: string, path: string, body?: unknown): Promise<RawAnswer> =>
  registry.send(method, `/__mock/${path}`, body === undefined ? undefined : JSON.stringify(body));
const statusOf = async (path: string): Promise<number> => (await registry.send('GET', path)).status;

describe('the control API', () => {
  beforeEach(() => start());
  afterEach(stop);

  it('adds, switches, lists and removes faults', async () => {
    const fault = { kind: 'rate-limit', limit: 1, interval_ms: 3_600_000, retry_after_form: 'date', path: '/health' };
    const added = await control('POST', 'faults', { name: 'limit', ...fault });
    expect([added.status, json(added)]).toEqual([201, { name: 'limit', enabled: true, hits: 0, ...fault }]);
    expect([await statusOf('/health'), await statusOf('/health')]).toEqual([200, 429]);
    await control('PATCH', 'faults/limit', { enabled: false });
    expect(await statusOf('/health')).toBe(200);
    expect(json(await control('GET', 'faults'))).toMatchObject({
      seed: 7,
      faults: [{ name: 'limit', enabled: false, hits: 1 }],
    });
    expect((await control('DELETE', 'faults/limit')).status).toBe(204);
    expect((await control('GET', 'faults/limit')).status).toBe(404);
    expect((await control('PATCH', 'faults/limit', { enabled: true })).status).toBe(404);
  });

  it.each([
    [{ kind: 'status' }, 'fault.status: expected number, received undefined'],
    [{ kind: 'status', status: 200 }, 'fault.status: Too small: expected number to be >=400'],
    [{ kind: 'nope' }, 'fault.kind'],
    [{ kind: 'lost-answer', probability: 2 }, 'fault.probability: Too big'],
    [{ kind: 'lost-answer', tiems: 2 }, 'fault: Unrecognized key: "tiems"'],
    [{ kind: 'latency', ms: { median: 9, p99: 3 } }, 'fault.ms: median must be above 0 and not above p99'],
    [{ kind: 'latency', ms: { min: 9, max: 3 } }, 'fault.ms: min must not be above max'],
    [{ kind: 'lost-answer', path: 'api' }, 'fault.path: must be a path such as'],
    [{ kind: 'script', steps: ['pass', { kind: 'reset', at: 'noon' }] }, 'fault.steps[1].at'],
    [{ kind: 'rate-limit', limit: 1, interval_ms: 'x' }, 'fault.interval_ms: expected number'],
    [{ kind: 'expired-certificate', path: '/x' }, 'fault: Unrecognized key: "path"'],
    [[], 'fault'],
  ])('names what is wrong with a fault: %j', async (fault, message) => {
    const answer = await control('POST', 'faults', fault);
    expect(answer.status).toBe(400);
    expect(json(answer)['detail']).toContain(message);
  });

  it('gives the journal and verifies against it, over HTTP and in process', async () => {
    await registry.send('POST', '/api/v1/sessions', session('a'));
    await registry.send('POST', '/api/v1/sessions', session('a'));
    await vault.send('GET', '/api/v1/archive/none?token=secret');
    const { entries } = json(await control('GET', 'journal')) as { entries: Record<string, unknown>[] };
    expect(entries.map(({ at: _, request_id: __, ...entry }) => entry)).toEqual([
      { sequence: 1, service: 'registry', method: 'POST', path: '/api/v1/sessions', outcome: 'answered', status: 201, committed: true, faults: [] }, // prettier-ignore
      { sequence: 2, service: 'registry', method: 'POST', path: '/api/v1/sessions', outcome: 'answered', status: 201, committed: false, faults: [] }, // prettier-ignore
      { sequence: 3, service: 'vault', method: 'GET', path: '/api/v1/archive/none', outcome: 'answered', status: 404, committed: false, faults: [] }, // prettier-ignore
    ]);
    expect(JSON.stringify(entries)).not.toContain('secret');
    expect(json(await control('GET', 'journal?committed=false&service=registry'))).toMatchObject({ total: 1 });
    expect((await control('GET', 'journal?tiems=1')).status).toBe(400);

    const twice = { method: 'POST', path: '/api/v1/sessions', times: 2 };
    expect(json(await control('POST', 'verify', twice))).toMatchObject({ matched: 2 });
    const never = await control('POST', 'verify', { ...twice, committed: true });
    expect([never.status, json(never)['matched']]).toEqual([409, 1]);
    expect(json(await control('POST', 'verify', { times: { at_least: 3, at_most: 3 } }))).toMatchObject({ matched: 3 });

    expect(services.journal.verify({ path: '/api/v1/archive/:id' })).toHaveLength(1);
    expect(() => services.journal.verify({ method: 'PUT' })).toThrow(VerificationError);
    expect(() => services.journal.verify({ method: 'POST', times: 0 })).toThrow(
      /expected exactly 0 of method POST, found 2; the last requests were:\n {2}#1 POST/,
    );
    expect(() => services.journal.verify({ times: { atMost: 2 } })).toThrow('expected 0 to 2 of any request, found 3');
    await control('DELETE', 'journal');
    expect(services.journal.entries()).toEqual([]);
  });

  it('moves the clock, and retention follows it', async () => {
    await vault.send('POST', '/api/v1/policies', policy('short', 1));
    await vault.send('POST', '/api/v1/archive', archive('a'));
    await vault.send('PUT', '/api/v1/archive/a/policy', '{"policy_id":"short"}');
    const sweep = async (): Promise<unknown> =>
      json(await vault.send('POST', '/api/v1/retention/sweep', '{"dry_run":false}'))['archive_ids'];
    expect(await sweep()).toEqual([]);
    await control('PUT', 'clock', { advance_ms: 3 * 86_400_000 });
    expect(await sweep()).toEqual(['a']);
    expect((await vault.send('GET', '/api/v1/archive/a')).status).toBe(410);

    expect(json(await control('PUT', 'clock', { now: '2040-01-01T00:00:00Z' }))['now']).toMatch(/^2040-01-01T00:/);
    expect(services.clock.now()).toBeGreaterThanOrEqual(Date.parse('2040-01-01T00:00:00Z'));
    for (const wrong of [{ now: 'noon' }, { advance_ms: -1 }, { advance_ms: 1e15 }, {}])
      expect((await control('PUT', 'clock', wrong)).status, JSON.stringify(wrong)).toBe(400);
  });

  it('keeps what clients tell of their breakers', async () => {
    const told = { client: 'worker-1', name: 'vault', state: 'open', reason: 'failures', open_for_ms: 500 };
    expect((await control('POST', 'breakers', { ...told, state: 'closed' })).status).toBe(204);
    await control('POST', 'breakers', told);
    expect(json(await control('GET', 'breakers'))).toMatchObject({ breakers: [told] });
    expect((await control('POST', 'breakers', { ...told, state: 'ajar' })).status).toBe(400);
  });

  it('streams what happens', async () => {
    const leave = new AbortController();
    const stream = await fetch(`${services.registryUrl}/__mock/events`, { signal: leave.signal });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await registry.send('GET', '/health');
    services.faults.add({ kind: 'lost-answer' });
    let text = '';
    for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes('"what":"faults"')) break;
    }
    expect(text).toContain('event: journal\ndata: {"sequence":1,');
    leave.abort();
  });

  it('ends its streams when the services close', async () => {
    const stream = await fetch(`${services.registryUrl}/__mock/events`);
    const text = stream.text();
    await services.close();
    expect(await text).toContain('retry: 1000');
  });

  it('answers problems for what it does not know', async () => {
    expect((await control('GET', 'nope')).status).toBe(404);
    expect((await control('PUT', 'faults', {})).status).toBe(405);
    expect((await registry.send('POST', '/__mock/faults', '{')).status).toBe(400);
    expect((await registry.send('GET', '/__mock')).status).toBe(308);
    // Control requests are not part of what the services saw.
    expect(services.journal.entries()).toEqual([]);
  });
});

describe('the guard of the control API', () => {
  afterEach(stop);

  const send = (headers: Record<string, string>, path = 'faults'): Promise<RawAnswer> =>
    registry.send('GET', `/__mock/${path}`, undefined, headers);

  it('knows only names of this machine, so a rebound name reaches nothing', async () => {
    await start();
    for (const host of [
      'evil.example',
      'evil.example:80',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
      '[::2]',
      'a b',
    ])
      // prettier-ignore
      expect((await send({ host })).status, host).toBe(host === 'a b' ? 400 : 403);
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:1', '127.1.2.3', '[::1]:8080', 'mock.localhost'])
      expect((await send({ host })).status, host).toBe(200);
  });

  it('answers no page of another origin', async () => {
    await start();
    const { host } = new URL(services.registryUrl);
    expect((await send({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    for (const origin of ['http://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1:1'])
      expect((await send({ origin })).status, origin).toBe(403);
    for (const site of ['cross-site', 'same-site', 'nonsense'])
      expect((await send({ 'sec-fetch-site': site })).status, site).toBe(403);
    const post = await registry.send('POST', '/__mock/reset', '', { origin: 'http://evil.example' });
    expect(post.status).toBe(403);
    expect((await send({ 'sec-fetch-site': 'cross-site' }, '')).status).toBe(200);
  });

  it('wants its own key when it has one, and then takes any name', async () => {
    await start({ controlKey: 'control', registryApiKey: 'r' });
    expect((await send({})).status).toBe(401);
    expect((await send({ authorization: 'Bearer r' })).status).toBe(401);
    expect((await send({ authorization: 'Bearer control', host: 'mock:8080' })).status).toBe(200);
    expect((await send({ authorization: 'Bearer control', origin: 'http://evil.example' })).status).toBe(403);
    expect((await send({}, '')).status).toBe(200);
  });
});

describe.each(['in memory', 'durable'])('state, %s', (kind) => {
  const dir = mkdtempSync(join(tmpdir(), 'mock-state-'));
  beforeEach(() => start(kind === 'durable' ? { dataDir: dir, faults: [{ kind: 'reset', path: '/x' }] } : {}));
  afterEach(async () => {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const sessions = async (): Promise<unknown> => json(await registry.send('GET', '/api/v1/sessions'))['total'];
  const archives = async (): Promise<number> => (await vault.send('GET', '/api/v1/archive/a')).status;

  it('goes back to the start', async () => {
    const before = services.faults.list();
    await registry.send('POST', '/api/v1/sessions', session('a'));
    await vault.send('POST', '/api/v1/archive', archive('a'));
    services.faults.add({ kind: 'latency', ms: 1 });
    services.clock.advance(1e9);
    if (kind === 'durable') writeFileSync(join(dir, 'not-ours.txt'), '');
    expect((await control('POST', 'reset')).status).toBe(204);
    expect([await sessions(), await archives()]).toEqual([0, 404]);
    expect(await statusOf('/api/v1/models/gpt-4')).toBe(200);
    expect(services.faults.list()).toEqual(before);
    expect(services.journal.entries()).toHaveLength(3);
    expect(Math.abs(services.clock.now() - Date.now())).toBeLessThan(1e8);
    if (kind === 'durable') expect(readdirSync(dir)).toContain('not-ours.txt');
    // What was idempotent before is new.
    await registry.send('POST', '/api/v1/sessions', session('a'));
    expect(await sessions()).toBe(1);
  });

  it('is saved and brought back, more than once', async () => {
    await registry.send('POST', '/api/v1/sessions', session('a'));
    await vault.send('POST', '/api/v1/archive', archive('a'));
    const { id } = json(await control('POST', 'snapshots')) as { id: string };
    for (let round = 0; round < 2; round++) {
      await registry.send('POST', '/api/v1/usage', usage('a'));
      await registry.send('PUT', '/api/v1/sessions/a/status', '{"status":"completed"}');
      await registry.send('POST', '/api/v1/sessions', session('b'));
      await vault.send('DELETE', '/api/v1/archive/a');
      expect([await sessions(), await archives()]).toEqual([2, 410]);
      expect((await control('POST', `snapshots/${id}/restore`)).status).toBe(204);
      expect([await sessions(), await archives()]).toEqual([1, 200]);
      const held = json(await registry.send('GET', '/api/v1/sessions/a'));
      expect(held).toMatchObject({ status: 'active', prompt_count: 0 });
      expect((await registry.send('GET', '/api/v1/models/gpt-4/usage')).text).toContain('"total_tokens":0');
    }
    expect((await control('DELETE', `snapshots/${id}`)).status).toBe(204);
    expect((await control('POST', `snapshots/${id}/restore`)).status).toBe(404);
  });

  it('keeps what it has when the snapshot to restore is discarded meanwhile', async () => {
    const { id } = await services.snapshots.take();
    await registry.send('POST', '/api/v1/sessions', session('a'));
    const restored = services.snapshots.restore(id).catch(() => 'refused');
    services.snapshots.discard(id);
    // In memory nothing is lost by discarding; on disk the copy is gone.
    expect(await restored).toBe(kind === 'durable' ? 'refused' : true);
    expect(await sessions()).toBe(kind === 'durable' ? 1 : 0);
  });

  it('survives resets while requests are under way', async () => {
    const work = Array.from({ length: 60 }, async (_, i) => {
      if (i % 10 === 0) return (await control('POST', 'reset')).status;
      return (await registry.send('POST', '/api/v1/sessions', session(`s-${String(i)}`))).status;
    });
    for (const status of await Promise.all(work)) expect([201, 204]).toContain(status);
    expect(json(await control('GET', 'overview'))).toMatchObject({ audit: { ok: true, entries: 0 } });
  });
});
