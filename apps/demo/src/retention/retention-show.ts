import type { KeyObject } from 'node:crypto';
import type { MemoryGraph } from '@llm-memory-graph/memory-graph';
import type { MockServices } from '@llm-memory-graph/mock-services';
import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import { ArchivalScheduler, RetentionKeeper } from '@llm-memory-graph/scheduler';
import { archivePort, type VaultClient } from '@llm-memory-graph/vault-client';
import { demoRules, trialDays } from './rules.ts';
import { provenDeletions } from './deletions.ts';
import { trialGraph, trialSessions, type TrialSession } from './trial.ts';

/** What a vault of the demo's own was seen doing. */
export interface RetentionReport {
  /** Archives under a policy. */
  readonly underPolicy: number;
  /** Archives that a sweep within the next 7 days would delete, as previewed. */
  readonly wouldPurge: number;
  /** Expired archives that stay, because of a legal hold. */
  readonly held: number;
  /** Archives that the sweep of this run deleted. */
  readonly swept: number;
  /** Why it deleted nothing; null when it was free to. */
  readonly unswept: string | null;
  /** Archives of the trial that are proven to be deleted, in this run or before. */
  readonly deletionsProven: number;
  /** What {@link deletionsProven} is when all is well. */
  readonly deletionsExpected: number;
}

/** What the show works with. */
export interface RetentionParts {
  /** The time that the vault goes by. */
  readonly clock: Pick<MockServices['clock'], 'now' | 'monotonic' | 'set'>;
  readonly vault: VaultClient;
  readonly auditKey: KeyObject;
  /** For the preview. */
  readonly graph: MemoryGraph;
  readonly archiveAfterDays: number;
}

const dayMs = 86_400_000;

const idOf = ({ archiveId }: { readonly archiveId: string }): string => archiveId;

/** Where the vault's clock begins: what is archived then has expired today. */
export function beforeTrial(): Date {
  return new Date(Date.now() - (trialDays + 1) * dayMs);
}

/**
 * Retention in a vault of the demo's own: sessions of a trial are archived while its clock stands a month back, and
 * swept today. Whatever was done before, by a run that was killed too, is found in the vault and not done again.
 */
export class RetentionShow {
  readonly #parts: RetentionParts;
  readonly #keeper: RetentionKeeper;
  #trial: readonly TrialSession[] = [];

  constructor(parts: RetentionParts) {
    const { vault, graph: source, archiveAfterDays } = parts;
    this.#parts = parts;
    const rules = demoRules();
    this.#keeper = new RetentionKeeper({ vault, source, archiveAfterDays, rules, clock: this.#vaultTime() });
  }

  /** The month before: archives the trial, puts one of its archives on hold, and moves the clock to today. */
  async begin(): Promise<void> {
    // Neither the keeper nor the vault deletes anything on one reading of the clock: this is the first of each.
    await this.#keeper.sweep({ dryRun: false });
    await this.#keeper.sweep();
    using graph = trialGraph();
    this.#trial = await trialSessions(graph);
    await this.#archive(graph);
    await this.#hold();
    this.#parts.clock.set(new Date());
  }

  /** Today: puts everything under a policy, looks ahead, sweeps, and has the deletions proven. */
  async finish(): Promise<RetentionReport> {
    const { vault, auditKey } = this.#parts;
    const { examined, unruled } = await this.#keeper.apply();
    const { purged, held } = await this.#keeper.preview({ days: 7 });
    const ids = this.#trial.map(idOf);
    const swept = await this.#sweep(purged.ids);
    return {
      underPolicy: examined - unruled,
      wouldPurge: purged.count,
      held: held.count,
      ...swept,
      deletionsProven: await provenDeletions(ids, vault, auditKey),
      deletionsExpected: ids.length - 1,
    };
  }

  async #sweep(expiring: readonly string[]): Promise<Pick<RetentionReport, 'swept' | 'unswept'>> {
    const ids = this.#trial.map(idOf);
    const stranger = expiring.find((id) => !ids.includes(id));
    if (stranger !== undefined)
      return { swept: 0, unswept: `archive ${stranger} expires too, and is none of the demo's` };
    const most = { maxDeletions: ids.length, maxShare: 1 };
    const { archiveIds, skipped } = await this.#keeper.sweep({ dryRun: false, ...most });
    return { swept: archiveIds.length, unswept: skipped && `the clock of the vault is in doubt (${skipped})` };
  }

  #vaultTime(): Clock {
    const { clock } = this.#parts;
    return { ...systemClock, now: () => clock.now(), monotonic: () => clock.monotonic() };
  }

  async #archive(source: MemoryGraph): Promise<void> {
    const { vault } = this.#parts;
    const answers = await vault.readBackArchives(this.#trial.map(idOf));
    const unheld = new Set(answers.filter((answer) => !answer.ok && answer.error.status === 404).map(idOf));
    const missing = this.#trial.filter(({ archiveId }) => unheld.has(archiveId));
    const [clock, config] = [this.#vaultTime(), { retentionDays: trialDays }];
    await using scheduler = new ArchivalScheduler({ source, vault: archivePort(vault), clock, config });
    const { outcomes } = await scheduler.batchArchiveSessions(missing.map(({ sessionId }) => sessionId));
    for (const outcome of outcomes) if (outcome.result === 'failed') throw new Error(outcome.reason);
  }

  async #hold(): Promise<void> {
    const { vault } = this.#parts;
    const id = this.#trial[0]?.archiveId ?? '';
    const { legalHold } = await vault.getArchiveMetadata(id);
    if (!legalHold) await vault.placeLegalHold(id, 'shows that a hold keeps what has expired');
  }
}
