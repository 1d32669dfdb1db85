import { exposition } from '@llm-memory-graph/service';

import { type AuditAction } from './audit/audit-entry.ts';
import { Counters } from './counters.ts';
import { type ClockDoubt } from './retention/clock-guard.ts';
import { type Obstacle } from './retention/obstacle.ts';

/** What asks for an archive to be deleted. */
export type DeletionCause = 'request' | 'erasure' | 'retention';
/** What a sweep came to. */
export type SweepOutcome = 'done' | 'capped' | 'dry-run' | ClockDoubt;

const sealers = ['client', 'server'].map((sealed_by) => ({ sealed_by }));
const causes = ['request', 'erasure', 'retention'].map((by) => ({ by }));
const reasons = ['legal-hold', 'lock', 'clock-doubt'];
const outcomes = ['done', 'capped', 'dry-run', 'first-reading', 'too-soon', 'clock-jump'].map((outcome) => ({
  outcome,
}));
const actions = ['hold.place', 'hold.release', 'lock.set', 'lock.lift', 'policy.apply', 'rewrap', 'erasure'];

/**
 * Counts for Prometheus what became of archives in this process, since it started. No label names a tenant, an archive
 * or a session.
 */
export class VaultMetrics {
  readonly #stored = new Counters(sealers);
  readonly #storedBytes = new Counters(sealers);
  readonly #refused = new Counters();
  readonly #deleted = new Counters(causes);
  readonly #deletedBytes = new Counters(causes);
  readonly #deletionsRefused = new Counters(causes.flatMap((by) => reasons.map((reason) => ({ ...by, reason }))));
  readonly #changes = new Counters(actions.map((action) => ({ action })));
  readonly #sweeps = new Counters(outcomes);
  #sealing = 0;

  stored({ sealedBy, size }: { readonly sealedBy: 'client' | 'server'; readonly size: number }): void {
    this.#stored.add({ sealed_by: sealedBy }, 1);
    this.#storedBytes.add({ sealed_by: sealedBy }, size);
  }

  /** @param type of the problem, for example `archive-conflict` */
  refused(type: string): void {
    this.#refused.add({ type }, 1);
  }

  deleted(by: DeletionCause, bytes: number): void {
    this.#deleted.add({ by }, 1);
    this.#deletedBytes.add({ by }, bytes);
  }

  deletionRefused(by: DeletionCause, reason: Obstacle, count = 1): void {
    this.#deletionsRefused.add({ by, reason }, count);
  }

  changed(action: AuditAction): void {
    this.#changes.add({ action }, 1);
  }

  swept(outcome: SweepOutcome): void {
    this.#sweeps.add({ outcome }, 1);
  }

  /** Counts `work` while it seals an archive, the time it waits for a thread included. */
  async sealing<T>(work: () => Promise<T>): Promise<T> {
    this.#sealing += 1;
    try {
      return await work();
    } finally {
      this.#sealing -= 1;
    }
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const counters = (name: string, help: string, { samples }: Counters): string =>
      exposition(name, 'counter', help, samples);
    return [
      counters('vault_archives_stored_total', 'Archives stored, by who sealed them.', this.#stored),
      counters('vault_archive_bytes_stored_total', 'Sealed bytes stored, by who sealed them.', this.#storedBytes),
      counters('vault_archives_refused_total', 'Archives not stored, by the type of the problem.', this.#refused),
      counters('vault_archives_deleted_total', 'Archives deleted, by what asked for it.', this.#deleted),
      counters('vault_archive_bytes_deleted_total', 'Sealed bytes deleted, by what asked for it.', this.#deletedBytes),
      counters('vault_deletions_refused_total', 'Archives that had to stay, by why.', this.#deletionsRefused),
      counters('vault_changes_total', 'Durable changes besides, as the audit chain names them.', this.#changes),
      counters('vault_sweeps_total', 'Retention sweeps, by what they came to.', this.#sweeps),
      exposition('vault_sealing_archives', 'gauge', 'Archives being sealed by the server or waiting for it.', [
        { labels: {}, value: this.#sealing },
      ]),
    ].join('');
  }
}
