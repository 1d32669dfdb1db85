import type { RetentionPolicy, SweepReport } from '@llm-memory-graph/contracts';
import { systemClock, type Clock, type Observable } from '@llm-memory-graph/resilience';
import { EventSource } from '../events.ts';
import type { Awaitable, Cancellable } from '../ports/call.ts';
import type { RetentionVault } from '../ports/retention-vault.ts';
import type { SessionSource } from '../ports/session-source.ts';
import { inParallel } from '../run/in-parallel.ts';
import { SchedulerError } from '../scheduler-error.ts';
import { preview, type RetentionPreview } from './preview.ts';
import type { RetentionRules } from './retention-rules.ts';
import { SweepClock, type ClockDoubt } from './sweep-clock.ts';

/** What {@link RetentionKeeper} works with. */
export interface RetentionKeeperOptions {
  /** A `VaultClient` as it is. */
  readonly vault: RetentionVault;
  readonly rules: RetentionRules;
  /** Where sessions come from, for the preview. */
  readonly source: Pick<SessionSource, 'due'>;
  /** The vault's wall clock. @default not asked */
  readonly vaultNow?: (options: Cancellable) => Awaitable<Date>;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Days after which the scheduler archives. @default 30 */
  readonly archiveAfterDays?: number;
  /** Least time between the two readings of the clock that a sweep wants, in ms. @default 60000 */
  readonly leaseMs?: number;
  /** How far clocks may disagree or jump before a sweep falls out, in ms. @default 3600000 */
  readonly maxClockSkewMs?: number;
  /** Archives that policies are applied to at a time, 1 to 256. @default 8 */
  readonly concurrency?: number;
}

/** What a keeper tells about itself. */
export type RetentionEvents = {
  /** A stated maximum is exceeded because another policy wants more; the longer one wins. */
  maximumExceeded: { readonly archiveId: string; readonly policyIds: readonly string[]; readonly decidedBy: string };
  swept: SweepReport;
  /** Nothing was deleted: a clock is not good enough. */
  sweepSkipped: { readonly reason: ClockDoubt; readonly by: 'scheduler' | 'vault' };
  /** Clocks disagree, or one jumped. */
  clockSkew: { readonly skewMs: number };
};

/** What {@link RetentionKeeper.apply} did. */
export interface PolicyReport {
  /** Archives looked at. */
  readonly examined: number;
  /** Archives that came under one more policy, or several. */
  readonly changed: number;
  /** Archives that no rule fits. */
  readonly unruled: number;
}

/** How much a sweep may delete. */
export interface SweepOptions extends Cancellable {
  /** @default true */
  readonly dryRun?: boolean;
  /** Most archives in one sweep, 1 to 100000. @default 1000 */
  readonly maxDeletions?: number;
  /** The same as a share of all archives, above 0 up to 1; one is always allowed. @default 0.1 */
  readonly maxShare?: number;
}

function checked(option: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new SchedulerError('invalid_config', `\`${option}\` must be a number between ${min} and ${max}, got ${value}`);
}

/** The rules of policies that count; not when one was made. */
function rulesOf({ createdAt: _, ...rules }: RetentionPolicy): string {
  return JSON.stringify(Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Keeps archives as long as the rules say: puts them under policies, looks ahead, and lets the vault delete what
 * expired - carefully, because that cannot be taken back.
 *
 * @example
 * const keeper = new RetentionKeeper({ vault, rules, source: graph });
 * await keeper.apply();
 * console.log(await keeper.preview({ days: 7 }));
 * await keeper.sweep({ dryRun: false });
 */
export class RetentionKeeper {
  readonly #options: Required<Omit<RetentionKeeperOptions, 'vaultNow'>>;
  readonly #sweepClock: SweepClock;
  readonly #events = new EventSource<RetentionEvents>();

  /** @throws {SchedulerError} `invalid_config`, naming option and value */
  constructor(options: RetentionKeeperOptions) {
    const { vault, rules, source, vaultNow, clock = systemClock } = options;
    this.#options = {
      ...{ vault, rules, source, clock },
      archiveAfterDays: checked('archiveAfterDays', options.archiveAfterDays ?? 30, 0, 36_500),
      leaseMs: checked('leaseMs', options.leaseMs ?? 60_000, 0, 86_400_000),
      maxClockSkewMs: checked('maxClockSkewMs', options.maxClockSkewMs ?? 3_600_000, 0, Number.MAX_SAFE_INTEGER),
      concurrency: checked('concurrency', options.concurrency ?? 8, 1, 256),
    };
    const { leaseMs, maxClockSkewMs: maxSkewMs } = this.#options;
    this.#sweepClock = new SweepClock({ clock, vaultNow, leaseMs, maxSkewMs });
  }

  /** Listens to events; exceptions of listeners are dropped. */
  readonly on: Observable<RetentionEvents>['on'] = (type: keyof RetentionEvents | '*', handler: unknown): void => {
    this.#events.on(type, handler);
  };

  /** Stops listening. */
  readonly off: Observable<RetentionEvents>['off'] = (type: keyof RetentionEvents | '*', handler?: unknown): void => {
    this.#events.off(type, handler);
  };

  /**
   * Makes the policies of the rules in the vault, where they are not there yet.
   *
   * @throws {SchedulerError} `invalid_config` when the vault has another policy under one of the ids
   */
  async createPolicies({ signal }: Cancellable = {}): Promise<void> {
    const { vault, rules } = this.#options;
    const held = new Map((await vault.listRetentionPolicies({ signal })).map((policy) => [policy.policyId, policy]));
    for (const policy of rules.policies) {
      const before = held.get(policy.policyId);
      if (before === undefined) await vault.createRetentionPolicy(policy, { signal });
      else if (rulesOf(before) !== rulesOf(policy))
        throw new SchedulerError('invalid_config', `\`policies\`: the vault has another policy "${policy.policyId}"`);
    }
  }

  /**
   * Puts archives under the policies that the rules choose, and makes those first. A policy that an archive is under
   * already is left alone and none is taken away, so it may be stopped and run again at any time.
   *
   * @param options.archivedAfter only archives from then on @default all
   */
  async apply(options: Cancellable & { readonly archivedAfter?: Date } = {}): Promise<PolicyReport> {
    const { vault, rules, concurrency } = this.#options;
    const { signal, archivedAfter } = options;
    await this.createPolicies({ signal });
    const report = { examined: 0, changed: 0, unruled: 0 };
    let page: { readonly archiveId: string; readonly policyIds: readonly string[] }[] = [];
    const flush = async (): Promise<void> => {
      const work = page;
      page = [];
      await inParallel(work, concurrency, async ({ archiveId, policyIds }) => {
        for (const policyId of policyIds) await vault.applyRetentionPolicy(archiveId, policyId, { signal });
        report.changed += 1;
      });
    };
    for await (const archive of vault.archives({ archivedAfter, pageSize: 1000 }, { signal })) {
      const { policyIds, decidedBy, exceededMaximums } = rules.decide(archive);
      const { archiveId } = archive;
      report.examined += 1;
      if (decidedBy === undefined) report.unruled += 1;
      else if (exceededMaximums.length > 0)
        this.#events.emit('maximumExceeded', { archiveId, policyIds: exceededMaximums, decidedBy });
      const under = new Set(archive.policyIds ?? (archive.policyId === null ? [] : [archive.policyId]));
      const missing = policyIds.filter((policyId) => !under.has(policyId));
      if (missing.length > 0) page.push({ archiveId, policyIds: missing });
      if (page.length >= 1000) await flush();
    }
    await flush();
    return report;
  }

  /**
   * What would be archived, purged and kept within so many days from now, as things stand. Changes nothing.
   *
   * @param options.days @default 7
   * @param options.maxIds ids listed of each kind @default 100
   */
  preview(options: Cancellable & { readonly days?: number; readonly maxIds?: number } = {}): Promise<RetentionPreview> {
    const { source, vault, clock, archiveAfterDays } = this.#options;
    const { days = 7, maxIds = 100, signal } = options;
    const until = new Date(clock.now() + checked('days', days, 0, 36_500) * 86_400_000);
    return preview({ source, vault, until, archiveAfterDays, maxIds, signal });
  }

  /**
   * Lets the vault delete what expired and may go. Only tells what would be deleted unless `dryRun` is false. A real
   * sweep falls out until the clock was read twice, a lease apart, without a jump; the vault guards its own clock too.
   */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    const { vault } = this.#options;
    const { dryRun = true, maxDeletions = 1000, maxShare = 0.1, signal } = options;
    if (!dryRun) {
      const found = await this.#sweepClock.doubt({ signal });
      if (found) {
        const { doubt, skewMs } = found;
        if (doubt === 'clock-jump') this.#events.emit('clockSkew', { skewMs });
        this.#events.emit('sweepSkipped', { reason: doubt, by: 'scheduler' });
        return { dryRun, skipped: doubt, archiveIds: [], held: 0, locked: 0, kept: 0, capped: false };
      }
    }
    const report = await vault.retention.sweep({ dryRun, maxDeletions, maxShare }, { signal });
    if (report.skipped) this.#events.emit('sweepSkipped', { reason: report.skipped, by: 'vault' });
    else this.#events.emit('swept', report);
    return report;
  }
}
