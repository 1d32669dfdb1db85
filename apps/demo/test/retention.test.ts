import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { startMockServices, type MockServices } from '@llm-memory-graph/mock-services';
import { RegistryClient } from '@llm-memory-graph/registry-client';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { describe, expect, it } from 'vitest';
import { generatedConversations } from '../src/generated.ts';
import { mainJob, type Parts } from '../src/main-job.ts';
import { isSound, summary } from '../src/report.ts';
import { auditKeyOf } from '../src/retention/deletions.ts';
import { beforeTrial, RetentionShow } from '../src/retention/retention-show.ts';
import { trialTag } from '../src/retention/trial.ts';
import { runDemo, tempDir } from './run-demo.ts';

const one = { name: 'one', count: 1, seed: 1, firstDay: Date.UTC(2026, 0, 1), tags: [] };

/** A demo whose graph and vault outlive its runs, and whose journal does not: whoever is cut off writes nothing more. */
class World implements Disposable {
  readonly #services: MockServices;
  readonly #graph = MemoryGraph.open({ path: ':memory:' });
  readonly #sealer = archiveSealer({ keys: localKeyRing({ keys: { demo: generateKey() }, primary: 'demo' }) });

  constructor(services: MockServices) {
    this.#services = services;
  }

  client(send: typeof fetch = fetch): VaultClient {
    const { vaultUrl: baseUrl, vaultApiKey: apiKey } = this.#services;
    return new VaultClient({ baseUrl, apiKey, sealer: this.#sealer, fetch: send, retry: { maxAttempts: 1 } });
  }

  /** One process of the demo. */
  async run(send?: typeof fetch): ReturnType<typeof mainJob> {
    const { clock, vaultUrl, registryUrl: baseUrl } = this.#services;
    clock.set(beforeTrial());
    const [vault, graph, archiveAfterDays] = [this.client(send), this.#graph, 0];
    const auditKey = await auditKeyOf(vaultUrl);
    const parts: Parts = {
      ...{ vault, graph, archiveAfterDays, registry: new RegistryClient({ baseUrl }), journal: undefined },
      progress: { step: () => () => undefined, end: () => undefined },
      retention: new RetentionShow({ clock, vault, auditKey, graph, archiveAfterDays }),
    };
    return mainJob([generatedConversations(one)], parts);
  }

  /** How often each archive was stored and deleted, by the vault's audit chain. */
  async deeds(): Promise<{ archived: string[]; deleted: string[] }> {
    const [archived, deleted]: string[][] = [[], []];
    for await (const { action, subject } of this.client().audit.entries()) {
      if (action === 'archive') archived?.push(subject);
      if (action.endsWith('delete')) deleted?.push(subject);
    }
    return { archived: archived ?? [], deleted: deleted ?? [] };
  }

  [Symbol.dispose](): void {
    this.#graph.close();
  }
}

describe('retention in a vault of the demo', () => {
  it('archives a trial, previews, sweeps what expired, keeps what is on hold, and has it proven', async () => {
    using dir = tempDir();
    const args = ['--json', '--data-dir', dir.path];
    const first = await runDemo(args);
    expect([first.code, first.line?.retention]).toEqual([
      0,
      { under_policy: 29, would_purge: 4, held: 1, swept: 4, unswept: null, deletions_proven: 4 },
    ]);
    const second = await runDemo(args);
    expect([second.code, second.line?.retention]).toEqual([
      0,
      { under_policy: 25, would_purge: 0, held: 1, swept: 0, unswept: null, deletions_proven: 4 },
    ]);
  });

  it('prints it for people', async () => {
    const { stdout } = await runDemo([]);
    expect(stdout).toMatch(
      /retention +29 archives under a policy; the next 7 days would purge 4, a legal hold keeps 1\n/,
    );
    expect(stdout).toMatch(/swept +4 expired archives of a trial; 4 deletions proven by the signed audit chain\n/);
  });

  it('cut off after any request, its answer lost, and run again: all is archived once, the trial swept once', async () => {
    let requests = 0;
    for (let last = 1; last <= requests + 1; last++) {
      await using services = await startMockServices({ clock: beforeTrial() });
      using world = new World(services);
      requests = 0;
      // Refused instead of broken off, which would be waited out.
      const refusal = (): Response => new Response(null, { status: 401 });
      const cut: typeof fetch = async (...request) => {
        requests++;
        if (requests > last) return refusal();
        const answer = await fetch(...request);
        if (requests < last) return answer;
        await answer.body?.cancel();
        return refusal();
      };
      await world.run(cut).catch(() => undefined);
      const report = await world.run();
      expect(report).toMatchObject({ sessions: 1, failed: 0, restored: 1, verified: 1 });
      expect(report.retention).toMatchObject({ held: 1, deletionsProven: 4 });
      const { archived, deleted } = await world.deeds();
      expect([archived.length, new Set(archived).size]).toEqual([6, 6]);
      expect([deleted.length, new Set(deleted).size]).toEqual([4, 4]);
    }
    expect(requests).toBeGreaterThan(20);
  });

  it('leaves alone what is not of the trial, though it expired under a policy that deletes', async () => {
    await using services = await startMockServices({ clock: beforeTrial() });
    using world = new World(services);
    const vault = world.client();
    await vault.createRetentionPolicy({ policyId: 'short', name: 'short', retentionDays: 1, autoDelete: true });
    const { archiveId } = await vault.archiveSession({ sessionId: 'own', dataJson: '{}', retentionDays: 1 });
    await vault.applyRetentionPolicy(archiveId, 'short');
    expect((await world.run()).retention).toMatchObject({ swept: 4 });
    expect((await world.deeds()).deleted).not.toContain(archiveId);
  });

  it('sweeps nothing when an archive would go that only looks like one of the trial', async () => {
    await using services = await startMockServices({ clock: beforeTrial() });
    using world = new World(services);
    const own = { sessionId: 'own', dataJson: '{}', retentionDays: 1, tags: [trialTag] };
    const { archiveId } = await world.client().archiveSession(own);
    const report = await world.run();
    expect(report.retention).toMatchObject({ swept: 0, deletionsProven: 0 });
    expect(report.retention?.unswept).toContain(archiveId);
    expect(isSound(report)).toBe(false);
    expect(summary(report, [])).toContain(`swept       nothing: archive ${archiveId} expires too`);
    expect((await world.deeds()).deleted).toEqual([]);
  });

  it('makes no policy and sweeps nothing in services that are given', async () => {
    await using services = await startMockServices();
    const env = {
      REGISTRY_URL: services.registryUrl,
      VAULT_URL: services.vaultUrl,
      VAULT_API_KEY: services.vaultApiKey,
    };
    const { code, line, stderr } = await runDemo(['--json'], env);
    expect([code, line?.retention]).toEqual([0, null]);
    expect(stderr).toContain(
      'demo: no policy was made and nothing swept: the demo does that in services of its own only\n',
    );
    using world = new World(services);
    expect(await world.client().listRetentionPolicies()).toEqual([]);
    const { archived, deleted } = await world.deeds();
    expect([archived.length, deleted.length]).toEqual([24, 0]);
  });
});
