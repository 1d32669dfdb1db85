import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMockServices, type Fault, type MockServices } from '../src/index.ts';
import { archive as entry, session, usage } from './bodies.ts';
import { RawClient, type RawAnswer } from './raw-client.ts';

let services: MockServices;
let registry: RawClient;
let vault: RawClient;

beforeEach(async () => {
  services = await startMockServices({ seed: 7, registryApiKey: 'r', vaultApiKey: 'v' });
  registry = new RawClient(services.registryUrl, 'r');
  vault = new RawClient(services.vaultUrl, 'v');
});
afterEach(async () => {
  registry[Symbol.dispose]();
  vault[Symbol.dispose]();
  await services.close();
});

const register = (id: string): Promise<RawAnswer> => registry.send('POST', '/api/v1/sessions', session(id));
const read = (id: string): Promise<RawAnswer> => registry.send('GET', `/api/v1/sessions/${id}`);

/** What a caller sees: the status, or the code of the broken connection. */
async function seen(answer: Promise<RawAnswer>): Promise<number | string> {
  try {
    return (await answer).status;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'broken';
  }
}

describe('when', () => {
  it('fails twice, then succeeds', async () => {
    const fault = services.faults.add({ kind: 'status', status: 503, path: '/api/v1/sessions', times: 2 });
    expect([await seen(register('a')), await seen(register('a')), await seen(register('a'))]).toEqual([503, 503, 201]);
    expect(fault.hits).toBe(2);
    expect(services.journal.verify({ path: '/api/v1/sessions', committed: true, times: 1 })).toHaveLength(1);
  });

  it('sees only its service, method and path, behind those it lets pass', async () => {
    services.faults.add({ kind: 'status', status: 500, service: 'vault' });
    services.faults.add({ kind: 'status', status: 502, method: 'POST' });
    services.faults.add({ kind: 'status', status: 504, path: '/api/v1/sessions/:id', after: 1 });
    expect(await seen(registry.send('GET', '/health'))).toBe(200);
    expect(await seen(vault.send('GET', '/health'))).toBe(500);
    expect(await seen(register('a'))).toBe(502);
    expect([await seen(read('a')), await seen(read('a'))]).toEqual([404, 504]);
  });

  it('follows a script', async () => {
    services.faults.add({
      kind: 'script',
      path: '/health',
      steps: ['pass', { kind: 'status', status: 500 }, { kind: 'reset' }, { kind: 'malformed-json' }],
    });
    const all = [];
    for (let i = 0; i < 5; i++) all.push(await seen(registry.send('GET', '/health')));
    expect(all).toEqual([200, 500, 'ECONNRESET', 200, 200]);
    expect(services.journal.entries().map(({ outcome, faults }) => [outcome, faults])).toEqual([
      ['answered', []],
      ['answered', ['script-1']],
      ['cut', ['script-1']],
      ['answered', ['script-1']],
      ['answered', []],
    ]);
  });

  it('goes wrong in the same way with the same seed, whatever other faults there are', async () => {
    const flaky: Fault = { name: 'flaky', kind: 'status', status: 500, path: '/health', probability: 0.5 };
    const run = async (): Promise<(number | string)[]> => {
      const all = [];
      for (let i = 0; i < 40; i++) all.push(await seen(registry.send('GET', '/health')));
      return all;
    };
    services.faults.add(flaky);
    const first = await run();
    services.faults.clear();
    services.faults.add({ kind: 'latency', ms: { min: 0, max: 1 }, probability: 0.5 });
    services.faults.add(flaky);
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    await using other = await startMockServices({ seed: 8, faults: [flaky] });
    using client = new RawClient(other.registryUrl);
    const second = [];
    for (let i = 0; i < 40; i++) second.push(await seen(client.send('GET', '/health')));
    expect(second).not.toEqual(first);
  });

  it('is a true no-op while it is off', async () => {
    const on = services.faults.add({ name: 'on', kind: 'status', status: 500, path: '/health', probability: 0.5 });
    const draws = async (count: number): Promise<(number | string)[]> => {
      const all = [];
      for (let i = 0; i < count; i++) all.push(await seen(registry.send('GET', '/health')));
      return all;
    };
    const whole = await draws(20);
    services.faults.clear();
    const again = services.faults.add({ name: 'on', kind: 'status', status: 500, path: '/health', probability: 0.5 });
    const start = await draws(10);
    again.disable();
    expect(await draws(10)).toEqual(Array(10).fill(200));
    expect(services.faults.turn({ service: 'registry', method: 'GET', path: '/health' }, 0)).toBeUndefined();
    again.enable();
    expect([...start, ...(await draws(10))]).toEqual(whole);
    expect(again.hits).toBe(on.hits);
  });

  it('lets the key go first: who has none meets no fault', async () => {
    const fault = services.faults.add({ kind: 'reset' });
    using stranger = new RawClient(services.vaultUrl, 'wrong');
    expect(await seen(stranger.send('GET', '/api/v1/archive/a'))).toBe(401);
    expect(fault.hits).toBe(0);
    expect(await seen(vault.send('GET', '/api/v1/archive/a'))).toBe('ECONNRESET');
  });

  it('goes away with its scope', async () => {
    {
      using _down = services.faults.add({ kind: 'status', status: 503 });
      expect(await seen(registry.send('GET', '/health'))).toBe(503);
    }
    expect(await seen(registry.send('GET', '/health'))).toBe(200);
  });
});

describe('what', () => {
  it('loses the answer after the commit, so that a repeat finds the work done', async () => {
    services.faults.add({ kind: 'lost-answer', method: 'POST', times: 1 });
    expect(await seen(register('a'))).toBe('ECONNRESET');
    expect(await seen(read('a'))).toBe(200);
    expect(await seen(register('a'))).toBe(201);
    const posts = services.journal.entries({ method: 'POST' });
    expect(posts.map(({ outcome, status, committed }) => [outcome, status, committed])).toEqual([
      ['cut', 201, true],
      ['answered', 201, false],
    ]);
  });

  it('does not commit when it breaks before', async () => {
    services.faults.add({ kind: 'reset', method: 'POST' });
    expect(await seen(register('a'))).toBe('ECONNRESET');
    expect(await seen(read('a'))).toBe(404);
    services.journal.verify({ method: 'POST', outcome: 'cut', committed: false, times: 1 });
  });

  it('answers a problem with Retry-After, before or after the commit', async () => {
    services.faults.add({ kind: 'status', status: 503, retryAfter: 7, method: 'POST', times: 1 });
    const answer = await register('a');
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'application/problem+json' });
    expect(JSON.parse(answer.text)).toMatchObject({ status: 503, detail: 'injected by the fault status-1' });
    expect(await seen(read('a'))).toBe(404);
    services.faults.add({ kind: 'status', status: 500, method: 'POST', when: 'after' });
    expect([await seen(register('a')), await seen(read('a'))]).toEqual([500, 200]);
  });

  it.each([
    ['seconds', /^[1-9]\d{3}$/],
    ['date', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/],
  ] as const)('limits by a token bucket that the clock refills, Retry-After as %s', async (retryAfterForm, form) => {
    const hourMs = 3_600_000;
    services.faults.add({ kind: 'rate-limit', limit: 2, intervalMs: hourMs, retryAfterForm, path: '/health' });
    const health = (): Promise<RawAnswer> => registry.send('GET', '/health');
    expect([await seen(health()), await seen(health())]).toEqual([200, 200]);
    const refused = await health();
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toMatch(form);
    if (retryAfterForm === 'date') expect(Date.parse(refused.headers['retry-after'] ?? '')).toBeGreaterThan(Date.now());
    services.clock.advance(hourMs);
    expect([await seen(health()), await seen(health()), await seen(health())]).toEqual([200, 200, 429]);
  });

  it('cuts inside the body and after the headers', async () => {
    await register('a');
    services.faults.add({ kind: 'truncated-body', bytes: 5, times: 1 });
    services.faults.add({ kind: 'reset', at: 'after-headers', times: 1 });
    const raw = await fetch(`${services.registryUrl}/api/v1/sessions/a`, { headers: { authorization: 'Bearer r' } });
    expect(raw.status).toBe(200);
    await expect(raw.text()).rejects.toThrow();
    const headersOnly = await fetch(`${services.registryUrl}/health`);
    expect(headersOnly.status).toBe(200);
    await expect(headersOnly.text()).rejects.toThrow();
    services.journal.verify({ outcome: 'cut', times: 2 });
  });

  it('lets the body trickle, whole', async () => {
    await register('a');
    const whole = (await read('a')).text;
    services.faults.add({ kind: 'slow-body', chunkBytes: 50, intervalMs: 1 });
    expect((await read('a')).text).toBe(whole);
  });

  it('answers broken JSON and other shapes', async () => {
    await register('a');
    services.faults.add({ kind: 'malformed-json', times: 1 });
    const broken = await read('a');
    expect(() => JSON.parse(broken.text) as unknown).toThrow();
    const right = JSON.parse((await read('a')).text) as Record<string, unknown>;
    const shapes = ['envelope', 'missing-field', 'wrong-type', 'empty'] as const;
    for (const shape of shapes) {
      using _fault = services.faults.add({ kind: 'wrong-shape', shape });
      const other = JSON.parse((await read('a')).text) as Record<string, unknown>;
      expect(other, shape).not.toEqual(right);
      if (shape === 'envelope') expect(other['data']).toEqual(right);
    }
  });

  it('waits, and stops waiting when the client leaves', async () => {
    services.faults.add({ kind: 'latency', ms: 2 ** 31 - 1, path: '/health' });
    const gone = new Promise<void>((resolve) => {
      services.journal.subscribe(({ outcome }) => {
        if (outcome === 'gone') resolve();
      });
    });
    const leave = new AbortController();
    services.journal.subscribe(({ outcome }) => {
      if (outcome === 'pending') leave.abort();
    });
    await expect(fetch(`${services.registryUrl}/health`, { signal: leave.signal })).rejects.toThrow('abort');
    await gone;
    services.faults.clear();
    services.faults.add({ kind: 'latency', ms: { median: 1, p99: 2 } });
    expect(await seen(registry.send('GET', '/health'))).toBe(200);
  });
});

describe('writes', () => {
  it('are dropped in silence', async () => {
    services.faults.add({ kind: 'dropped-write', service: 'registry', times: 1 });
    expect((await register('a')).status).toBe(201);
    expect(await seen(read('a'))).toBe(404);
    await register('a');
    const fault = services.faults.add({ kind: 'dropped-write', times: 4 });
    expect(await seen(registry.send('POST', '/api/v1/usage', usage('a')))).toBe(204);
    expect((await registry.send('GET', '/api/v1/sessions/a/usage')).text).toContain('"total_prompts":0');
    const completed = await registry.send('PUT', '/api/v1/sessions/a/status', '{"status":"completed"}');
    expect(completed.text).toContain('"status":"completed"');
    expect((await read('a')).text).toContain('"status":"active"');
    expect(await seen(registry.send('DELETE', '/api/v1/sessions/a'))).toBe(204);
    expect(await seen(read('a'))).toBe(200);
    expect(fault.hits).toBe(3);
    expect((await vault.send('POST', '/api/v1/archive', entry('e'))).text).toContain('"digest":"sha256:');
    expect(await seen(vault.send('GET', '/api/v1/archive/e'))).toBe(404);
    services.journal.verify({ committed: true, times: 1 });
  });

  it('are corrupted in silence in the registry', async () => {
    services.faults.add({ kind: 'corrupted-write', service: 'registry' });
    const told = await register('a');
    expect(told.text).toContain('"model_id":"gpt-4"');
    expect((await read('a')).text).toContain('"model_id":"gpt-0"');
    await registry.send('POST', '/api/v1/usage', usage('a'));
    expect((await registry.send('GET', '/api/v1/sessions/a/usage')).text).toContain('"total_prompt_tokens":9');
    const completed = await registry.send('PUT', '/api/v1/sessions/a/status', '{"status":"completed"}');
    expect(completed.text).toContain('"status":"completed"');
    expect((await read('a')).text).toContain('"status":"failed"');
  });

  it('are corrupted in silence in the vault: reading back shows it when the digest follows', async () => {
    services.faults.add({ kind: 'corrupted-write', service: 'vault', times: 1 });
    const digestOf = (text: string): unknown => (JSON.parse(text) as { digest: unknown }).digest;
    const receipt = await vault.send('POST', '/api/v1/archive', entry('e'));
    const held = await vault.send('GET', '/api/v1/archive/e/metadata');
    expect(digestOf(held.text)).not.toBe(digestOf(receipt.text));
    expect(await seen(vault.send('GET', '/api/v1/archive/e'))).toBe(500);

    services.faults.add({ kind: 'corrupted-write', digest: 'stale', times: 1 });
    const promised = await vault.send('POST', '/api/v1/archive', entry('f'));
    const stale = await vault.send('GET', '/api/v1/archive/f/metadata');
    expect(digestOf(stale.text)).toBe(digestOf(promised.text));
    expect(await seen(vault.send('GET', '/api/v1/archive/f'))).toBe(500);
  });
});
