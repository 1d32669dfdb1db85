import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';
import { runManifest, signManifest } from '../src/evidence/run-manifest.ts';
import { evidenceSigner } from '../src/index.ts';

const folder = new URL('..', import.meta.url);
const evidence = new URL('../../../docs/evidence.md', import.meta.url);

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const { printed, promised } = await runReadme(folder);
  expect(promised).toHaveLength(2);
  expect(printed).toEqual(promised);
});

it.skipIf(!runsSource)('the example of the evidence runs (needs Node 24)', async () => {
  const { printed, promised } = await runReadme(folder, evidence);
  expect(promised).toEqual(['session-1']);
  expect(printed).toEqual(promised);
});

it.skipIf(!runsSource)('the example of retention runs (needs Node 24)', async () => {
  const readme = await readFile(new URL('README.md', folder), 'utf8');
  const code = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, block]) => block ?? '')
    .find((block) => block.includes('RetentionKeeper'));
  const setup = `
    import { RetentionKeeper, RetentionRules } from '@llm-memory-graph/scheduler';
    import { MemoryGraph } from '@llm-memory-graph/memory-graph';
    import { realVault } from './test/kit/real-vault.ts';
    import { systemClock } from '@llm-memory-graph/resilience';
    using graph = MemoryGraph.open({ path: ':memory:' });
    const { client: vaultClient } = realVault(systemClock);
    await vaultClient.archiveSession({ sessionId: 's', data: {}, tags: ['clinic'], metadata: { model_id: 'gpt-4o' } });`;
  const check = `
    const [policy] = [...(await vaultClient.listArchives()).archives].map(({ policyId }) => policyId);
    console.log(policy, [archived, purged, held, locked, kept].map(({ count }) => count).join());`;
  const args = ['--conditions=@llm-memory-graph/source', '--input-type=module-typescript', '--eval'];
  const cwd = fileURLToPath(folder);
  const { stdout } = await promisify(execFile)(process.execPath, [...args, `${setup}${code ?? ''}${check}`], { cwd });
  expect(stdout.trim()).toBe('patients 0,0,0,0,0');
});

it.skipIf(!runsSource)(
  'the command that verifies a run tells a good manifest from a changed one (needs Node 24)',
  async () => {
    const code = /```js\n([\s\S]*?)```/.exec(await readFile(evidence, 'utf8'))?.[1] ?? '';
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const signer = await evidenceSigner(pem);
    const at = new Date(0);
    const counts = { archivedCount: 1, failedCount: 0, skippedCount: 0 };
    const session = { sessionId: 's', version: 1, archiveId: 'a', digest: 'sha256:00', size: 1 };
    const facts = { runId: 'r', owner: 'o', startedAt: at, finishedAt: at, cutoff: at, ...counts };
    const manifest = JSON.stringify(runManifest.encode(await signManifest(facts, [session], signer)));
    const dir = await mkdtemp(join(tmpdir(), 'verify-run-'));
    try {
      const [file, key] = [join(dir, 'manifest.json'), join(dir, 'evidence.pub.pem')];
      await writeFile(key, signer.publicKey);
      const verify = async (text: string): Promise<string> => {
        await writeFile(file, text);
        // `--eval` has no file name among its arguments, as the command has.
        const args = ['--conditions=@llm-memory-graph/source', '--input-type=module', '--eval', code, 'verify-run.mjs'];
        const run = promisify(execFile)(process.execPath, [...args, file, key], { cwd: fileURLToPath(folder) });
        const refused = (error: unknown) => ({ stdout: `refused: ${(error as { stdout: string }).stdout}` });
        return (await run.catch(refused)).stdout.trim();
      };
      expect(await verify(manifest)).toBe('run r: 1 archives');
      expect(await verify(manifest.replace('"size":1,"root"', '"size":2,"root"'))).toBe('refused: bad-signature');
      expect(await verify(manifest.replace('"session_id":"s"', '"session_id":"t"'))).toBe('refused: bad-sessions');
    } finally {
      await rm(dir, { recursive: true });
    }
  },
);
