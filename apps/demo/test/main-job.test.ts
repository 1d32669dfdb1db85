import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startMockServices } from '@llm-memory-graph/mock-services';
import { describe, expect, it } from 'vitest';
import { runDemo, startDemo, tempDir } from './run-demo.ts';

const realSessions = fileURLToPath(new URL('../../../../shared/data/tau-bench', import.meta.url));

/** Every archive that a vault lists, by session. */
async function archivesOf(vaultUrl: string, apiKey: string): Promise<string[]> {
  const sessions: string[] = [];
  for (let cursor: string | null | undefined = ''; typeof cursor === 'string';) {
    const url = `${vaultUrl}/api/v1/archive?page_size=500${cursor ? `&cursor=${cursor}` : ''}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
    const page = (await answer.json()) as { archives: { session_id: string }[]; next_cursor?: string | null };
    sessions.push(...page.archives.map((archive) => archive.session_id));
    cursor = page.next_cursor;
  }
  return sessions.sort();
}

describe('the main job', () => {
  it('registers, meters, archives, verifies and restores the built-in sessions', async () => {
    const { code, line, stderr } = await runDemo(['--json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(line).toMatchObject({
      sessions: 24,
      registered: 24,
      archived: 24,
      failed: 0,
      skipped: 0,
      restored: 24,
      verified: 24,
    });
    expect(line?.usage_reports).toBeGreaterThan(100);
    expect(line?.bytes_stored).toBeLessThan((line?.bytes_in ?? 0) / 3);
  });

  it('prints a summary for people', async () => {
    const { code, stdout } = await runDemo([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/verified +24 archives retrieved, opened and compared/);
  });

  it('a second run finds what the first one did and archives nothing twice', async () => {
    using dir = tempDir();
    const first = await runDemo(['--json', '--data-dir', dir.path]);
    const second = await runDemo(['--json', '--data-dir', dir.path]);
    expect(first.line).toMatchObject({ archived: 24, verified: 24 });
    expect(second.code).toBe(0);
    expect(second.line).toMatchObject({
      sessions: 24,
      registered: 0,
      archived: 0,
      failed: 0,
      restored: 24,
      verified: 24,
    });
  });

  it('finds what is archived in the services though its own mark of it is lost', async () => {
    await using services = await startMockServices();
    const env = {
      REGISTRY_URL: services.registryUrl,
      VAULT_URL: services.vaultUrl,
      VAULT_API_KEY: services.vaultApiKey,
      SEALING_KEY: 'a5'.repeat(32),
    };
    for (const _ of ['the first run', 'a run with an empty graph']) {
      const { code, line } = await runDemo(['--json'], env);
      expect(code).toBe(0);
      expect(line).toMatchObject({ registered: 24, archived: 24, failed: 0, restored: 24, verified: 24 });
    }
    expect(await archivesOf(services.vaultUrl, services.vaultApiKey)).toHaveLength(24);
  });

  it('leaves alone what is too young', async () => {
    const { code, line } = await runDemo(['--json', '--archive-after-days', '36500']);
    expect(code).toBe(0);
    expect(line).toMatchObject({ sessions: 24, registered: 24, archived: 0, verified: 0 });
  });

  it.skipIf(!existsSync(realSessions))(
    'takes the 200 real sessions through (needs shared/data/tau-bench)',
    async () => {
      const { code, line } = await runDemo(['--json', '--input', realSessions]);
      expect(code).toBe(0);
      expect(line).toMatchObject({
        sessions: 200,
        registered: 200,
        archived: 200,
        failed: 0,
        skipped: 0,
        restored: 200,
        verified: 200,
      });
    },
  );

  it('killed in the middle of archiving and run again, everything is archived once', async () => {
    using dir = tempDir();
    const chats = Array.from({ length: 300 }, (_, i) => ({
      messages: [
        { role: 'user', content: `Question ${String(i)}` },
        { role: 'assistant', content: 'Answer', usage: { prompt_tokens: 10, completion_tokens: 5 } },
      ],
    }));
    const input = dir.write('chats.json', chats);
    let batches = 0;
    let onBatch = (): void => undefined;
    const note = (fields: object): void => {
      if (!JSON.stringify(fields).includes('/api/v1/archive/batch')) return;
      batches++;
      onBatch();
    };
    const logger = { debug: note, info: note, warn: note, error: note };
    await using services = await startMockServices({ dataDir: `${dir.path}/services`, logger });
    const env = {
      REGISTRY_URL: services.registryUrl,
      VAULT_URL: services.vaultUrl,
      VAULT_API_KEY: services.vaultApiKey,
    };
    const args = ['--json', '--input', input, '--data-dir', `${dir.path}/data`];

    const killed = startDemo(args, env);
    // The second of six batches is committed, and its answer is on the way at most.
    onBatch = () => batches === 2 && killed.child.kill('SIGKILL');
    expect((await killed.done).code).toBeNull();
    const before = await archivesOf(services.vaultUrl, services.vaultApiKey);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(300);

    onBatch = () => undefined;
    const { code, line } = await runDemo(args, env);
    expect(code).toBe(0);
    expect(line).toMatchObject({ sessions: 300, failed: 0, skipped: 0, restored: 300, verified: 300 });
    const after = await archivesOf(services.vaultUrl, services.vaultApiKey);
    expect(after).toHaveLength(300);
    expect(new Set(after).size).toBe(300);
  });
});
