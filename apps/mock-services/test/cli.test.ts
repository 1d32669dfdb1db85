import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient } from './raw-client.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mock-services-'));
const children: ChildProcessWithoutNullStreams[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(dir, { recursive: true, force: true });
});

function run(args: string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--conditions=@llm-memory-graph/source', cli, ...args], {
    env: { PATH, HOME, ...env },
  });
  children.push(child);
  return child;
}

interface Ready {
  readonly ready: boolean;
  readonly registry: string;
  readonly vault: string;
  readonly vault_api_key?: string;
}

async function ready(child: ChildProcessWithoutNullStreams): Promise<Ready> {
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Ready;
  throw new Error(`no ready line: ${errors}`);
}

async function finished(child: ChildProcessWithoutNullStreams) {
  let out = '';
  let errors = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, errors };
}

const free = ['--registry-port', '0', '--vault-port', '0', '--json'];

describe('mock-services', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('tells where it listens, and ends cleanly at %s', async (signal) => {
    const child = run(free, { VAULT_API_KEY: 'vault-key' });
    const line = await ready(child);
    expect(line).toEqual({
      ready: true,
      registry: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      vault: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      console: `${line.registry}/__mock/`,
      seed: expect.any(Number) as number,
    });
    using vault = new RawClient(line.vault, 'vault-key');
    expect((await vault.send('GET', '/api/v1/archive/none')).status).toBe(404);
    using registry = new RawClient(line.registry);
    expect((await registry.send('GET', '/api/v1/models/gpt-4')).status).toBe(200);
    const end = finished(child);
    child.kill(signal);
    expect(await end).toEqual({ code: 0, out: '', errors: '' });
  });

  it('makes a vault key when there is none and tells it once', async () => {
    const line = await ready(run(free));
    using vault = new RawClient(line.vault, line.vault_api_key);
    expect((await vault.send('GET', '/api/v1/archive/none')).status).toBe(404);

    const human = run(free.slice(0, -1));
    for await (const text of createInterface(human.stdout)) if (text.includes('Ctrl+C')) break;
    const end = finished(human);
    human.kill('SIGTERM');
    const { code, errors } = await end;
    expect(code).toBe(0);
    expect(errors).toMatch(/^VAULT_API_KEY is not set; the key of this run is [\w-]{32}\n$/);
  });

  it('keeps everything over kill -9 with --data-dir, and starts at --clock', async () => {
    const args = [...free, '--data-dir', join(dir, 'data'), '--clock', '2030-01-01T00:00:00Z'];
    const env = { VAULT_API_KEY: 'k', REGISTRY_API_KEY: 'r' };
    const entry =
      '{"id":"a","session_id":"s","data":{"x":1.0},"archived_at":"2030-01-01T00:00:00Z","retention_days":1}';
    const first = run(args, env);
    const at = await ready(first);
    {
      using registry = new RawClient(at.registry, 'r');
      using vault = new RawClient(at.vault, 'k');
      await registry.send('POST', '/api/v1/sessions', '{"session_id":"s","model_id":"gpt-4"}');
      const completed = await registry.send('PUT', '/api/v1/sessions/s/status', '{"status":"completed"}');
      expect(completed.text).toContain('"ended_at":"2030-01-01T00:00:');
      expect((await vault.send('POST', '/api/v1/archive', entry)).status).toBeLessThan(300);
    }
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(statSync(join(dir, 'data', 'vault-keys.json')).mode & 0o777).toBe(0o600);

    const again = await ready(run(args, env));
    using registry = new RawClient(again.registry, 'r');
    using vault = new RawClient(again.vault, 'k');
    expect((await registry.send('GET', '/api/v1/sessions/s')).text).toContain('"status":"completed"');
    expect((await vault.send('GET', '/api/v1/archive/a')).text).toContain('"data":{"x":1.0}');
  });

  it.each([
    [['--nope'], {}, /^mock-services: Unknown option '--nope' \(--help shows the options\)\n$/],
    [free, { VAULT_API_KEY: 'two words' }, /^mock-services: VAULT_API_KEY: must be a bearer token [^\n]*\n$/],
  ])('ends with 2 and one line at a usage error: %j %j', async (args, env, line) => {
    const { code, out, errors } = await finished(run(args, env));
    expect([code, out]).toEqual([2, '']);
    expect(errors).toMatch(line);
    expect(errors).not.toContain('two words');
  });

  it('names the port that is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, errors } = await finished(run([...free.slice(0, 2), '--vault-port', String(port)]));
    taken.close();
    expect([code, errors]).toEqual([1, `mock-services: --vault-port: 127.0.0.1:${String(port)} is in use\n`]);
  });

  it('names the address it cannot have', async () => {
    const { code, errors } = await finished(run([...free, '--host', '192.0.2.1']));
    expect([code, errors]).toEqual([1, 'mock-services: --host: 192.0.2.1 is not an address of this machine\n']);
  });

  it('names the folder it cannot use', async () => {
    const file = `${dir}-file`;
    writeFileSync(file, '');
    const { code, errors } = await finished(run([...free, '--data-dir', join(file, 'below')]));
    rmSync(file);
    expect([code, errors]).toEqual([
      1,
      `mock-services: --data-dir: cannot use ${join(file, 'below')}: a part of the path is not a folder\n`,
    ]);
  });
});
