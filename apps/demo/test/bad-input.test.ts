import { startMockServices } from '@llm-memory-graph/mock-services';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runDemo, tempDir } from './run-demo.ts';

describe('bad input: one clear line, nothing half-imported', () => {
  it.each([
    [['--frob'], '--frob'],
    [['stray'], 'unexpected argument "stray"'],
    [['--archive-after-days', '-1'], '--archive-after-days'],
    [['--archive-after-days', '1.5'], '--archive-after-days must be a whole number of days from 0 to 36500, got "1.5"'],
    [['--input', '/does/not/exist.json'], '--input /does/not/exist.json does not exist'],
    [['--data-dir', '/dev/null/x'], '--data-dir /dev/null/x is not a folder'],
    [['--data-dir', '/proc/x'], '--data-dir /proc/x cannot be written'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runDemo(args);
    expect(stderr).toMatch(/^demo: .*\n$/);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['not JSON', '{"messages": [', 'is not JSON'],
    ['no session', [], 'holds no session'],
    ['another shape', { trace: {}, observations: [] }, 'is neither a list of chat messages'],
    ['a wrong role', [{ role: 'robot', content: 'private words' }], '[0].role must be'],
    ['wrong content', { messages: [{ role: 'user', content: 5 }] }, '.messages[0].content'],
    [
      'one bad session among good ones',
      [{ messages: [{ role: 'user', content: 'private words' }] }, { traj: [] }],
      '[1]',
    ],
    ['bytes that are no text', '\ud800', ''],
  ])('a file with %s', async (_name, content, message) => {
    using dir = tempDir();
    const good = dir.write('a-good.json', [{ role: 'user', content: 'hello' }]);
    const bad = dir.write('b-bad.json', content);
    const dataDir = `${dir.path}/data`;
    const { code, stderr } = await runDemo(['--input', good, bad, '--data-dir', dataDir]);
    expect(stderr).toMatch(/^demo: .*\n$/);
    expect(stderr).toContain(`--input ${bad}`);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('private words');
    expect(code).toBe(2);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('services that are not there, half given, or refuse the key', async () => {
    expect(await runDemo([], { VAULT_URL: 'http://127.0.0.1:9000' })).toMatchObject({
      code: 2,
      stderr: 'demo: REGISTRY_URL and VAULT_URL go together, REGISTRY_URL is not set\n',
    });
    const gone = await startMockServices();
    await gone.close();
    const nowhere = { REGISTRY_URL: gone.registryUrl, VAULT_URL: gone.vaultUrl, VAULT_API_KEY: 'k' };
    const refused = await runDemo([], nowhere);
    expect(refused.stderr).toMatch(
      /^demo: .*no answer from LLM-Registry to POST \/api\/v1\/sessions: ECONNREFUSED.*\n$/,
    );
    expect(refused.code).toBe(1);
    await using services = await startMockServices();
    const wrongKey = await runDemo([], {
      REGISTRY_URL: services.registryUrl,
      VAULT_URL: services.vaultUrl,
      VAULT_API_KEY: 'wrong',
    });
    expect(wrongKey.stderr).toMatch(/^demo: .*Data-Vault answered 401 to POST \/api\/v1\/archive\/batch.*\n$/);
    expect(wrongKey.stderr).not.toContain('wrong');
    expect(wrongKey.code).toBe(1);
  });

  it('a data folder that is in use, and a key that is not one', async () => {
    using dir = tempDir();
    dir.write('sealing-key', 'short');
    const { code, stderr } = await runDemo(['--data-dir', dir.path]);
    expect(stderr).toContain('sealing-key does not hold a key of 64 hex digits');
    expect(code).toBe(2);
    expect((await runDemo([], { SEALING_KEY: 'secret-but-wrong' })).stderr).toBe(
      'demo: SEALING_KEY must be 64 hex digits (32 bytes)\n',
    );
    const { takeDataDir } = await import('../src/data-dir.ts');
    using _lock = takeDataDir(dir.path);
    expect((await runDemo(['--data-dir', dir.path])).stderr).toContain('is in use by another run');
  });
});
