import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startMockServices, StartError } from '../src/index.ts';
import { archive, session, usage } from './bodies.ts';
import { RawClient, type RawAnswer } from './raw-client.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cassette-'));
  file = join(dir, 'cassette.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true }));

const brief = ({ status, text }: RawAnswer): unknown => [status, text];

it('records what real services answer, keys left out, and gives it again without them', async () => {
  const real = await startMockServices({ registryApiKey: 'real-r', vaultApiKey: 'real-v' });
  const walk = async (registryUrl: string, vaultUrl: string): Promise<unknown[]> => {
    using registry = new RawClient(registryUrl, 'real-r');
    using vault = new RawClient(vaultUrl, 'real-v');
    const stranger = new RawClient(vaultUrl, 'wrong');
    const answers = [
      await registry.send('GET', '/api/v1/sessions/a'),
      await registry.send('POST', '/api/v1/sessions', session('a')),
      await registry.send('GET', '/api/v1/sessions/a'),
      await registry.send('POST', '/api/v1/usage', usage('a')),
      await vault.send('POST', '/api/v1/archive', archive('x')),
      await vault.send('GET', '/api/v1/archive?page_size=1'),
      await stranger.send('GET', '/api/v1/archive/x'),
    ];
    stranger[Symbol.dispose]();
    return answers.map(brief);
  };
  const record = { file, registryUrl: real.registryUrl, vaultUrl: `${real.vaultUrl}/` };
  const recording = await startMockServices({ record });
  const first = await walk(recording.registryUrl, recording.vaultUrl);
  recording.journal.verify({ method: 'POST', committed: true, times: 3 });
  await recording.close();
  await real.close();
  expect(first.map((answer) => (answer as [number])[0])).toEqual([404, 201, 200, 204, 200, 200, 401]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toMatch(/real-[rv]|wrong/);

  await using replaying = await startMockServices({ replay: file });
  expect(await walk(replaying.registryUrl, replaying.vaultUrl)).toEqual(first);

  // Bodies may differ; the last answer is given again and again; faults act all the same.
  using registry = new RawClient(replaying.registryUrl);
  expect((await registry.send('POST', '/api/v1/sessions', session('b'))).status).toBe(201);
  expect((await registry.send('GET', '/api/v1/sessions/a')).status).toBe(200);
  expect((await registry.send('GET', '/api/v1/sessions/never')).status).toBe(501);
  replaying.faults.add({ kind: 'status', status: 503 });
  expect((await registry.send('GET', '/api/v1/sessions/a')).status).toBe(503);
});

it('answers 502 when the real service is not there', async () => {
  await using gone = await startMockServices();
  const { registryUrl, vaultUrl } = gone;
  await gone.close();
  await using recording = await startMockServices({ record: { file, registryUrl, vaultUrl } });
  using registry = new RawClient(recording.registryUrl);
  expect((await registry.send('GET', '/health')).status).toBe(502);
});

it('names what stands in the way of recording and replaying', async () => {
  const urls = { registryUrl: 'http://127.0.0.1:1', vaultUrl: 'http://127.0.0.1:1' };
  const cases: [Parameters<typeof startMockServices>[0], string][] = [
    [{ replay: join(dir, 'none') }, 'replay: cannot use'],
    [{ record: { file: join(dir, 'no', 'folder'), ...urls } }, 'record: cannot use'],
    [{ record: { file, ...urls, vaultUrl: 'vault:9000' } }, 'record: vaultUrl must be an absolute http(s) URL'],
    [{ record: { file, ...urls }, replay: file }, 'record: does not go together with replay'],
  ];
  writeFileSync(file, '{"service":"registry","secret":"s3cret"}\n');
  cases.push([{ replay: file }, `replay: cannot use ${file}: line 1 is no recorded exchange`]);
  for (const [options, message] of cases) {
    const started = startMockServices(options);
    await expect(started).rejects.toBeInstanceOf(StartError);
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.not.toThrow('s3cret');
  }
});
