import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { Cancellable } from '../ports/call.ts';
import type { RetentionVault } from '../ports/retention-vault.ts';
import type { SessionSource } from '../ports/session-source.ts';

/** Things that something will happen to. */
export interface Foreseen {
  readonly count: number;
  /** The first of them, at most as many as asked for. */
  readonly ids: readonly string[];
}

/** What would happen up to an instant, as things stand. */
export interface RetentionPreview {
  readonly until: Date;
  /** Sessions that would be archived. */
  readonly archived: Foreseen;
  /** Archives that would be deleted: expired, under a policy with `autoDelete`. */
  readonly purged: Foreseen;
  /** Expired archives that stay: under a legal hold. */
  readonly held: Foreseen;
  /** Expired archives that stay: locked beyond that instant. */
  readonly locked: Foreseen;
  /** Expired archives that stay: no policy, or one without `autoDelete`. */
  readonly kept: Foreseen;
}

/** What a preview looks at. */
export interface PreviewOptions extends Cancellable {
  readonly source: Pick<SessionSource, 'due'>;
  readonly vault: Pick<RetentionVault, 'archives' | 'listRetentionPolicies'>;
  readonly until: Date;
  /** As the scheduler has it. */
  readonly archiveAfterDays: number;
  /** Ids listed of each kind; all are counted. */
  readonly maxIds: number;
}

const dayMs = 86_400_000;
const pageSize = 1000;

class Tally implements Foreseen {
  count = 0;
  readonly ids: string[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(id: string): void {
    this.count += 1;
    if (this.ids.length < this.#max) this.ids.push(id);
  }

  /** A plain value. */
  get seen(): Foreseen {
    return { count: this.count, ids: this.ids };
  }
}

/** Looks ahead and changes nothing. Legal hold beats lock beats policy. */
export async function preview(options: PreviewOptions): Promise<RetentionPreview> {
  const { source, vault, until, archiveAfterDays, maxIds, signal } = options;
  const tally = (): Tally => new Tally(maxIds);
  const [archived, purged, held, locked, kept] = [tally(), tally(), tally(), tally(), tally()];

  const cutoff = new Date(until.getTime() - archiveAfterDays * dayMs);
  for (let after; ;) {
    const page = await source.due(cutoff, { after, limit: pageSize, signal });
    for (const { id } of page) archived.add(id);
    after = page.at(-1);
    if (page.length < pageSize) break;
  }

  const policies = await vault.listRetentionPolicies({ signal });
  const deleting = new Set(policies.filter(({ autoDelete }) => autoDelete).map(({ policyId }) => policyId));
  const kindOf = ({ legalHold, lock, policyId }: ArchiveMetadata): Tally => {
    if (legalHold) return held;
    if (lock && lock.until > until) return locked;
    return policyId !== null && deleting.has(policyId) ? purged : kept;
  };
  for await (const archive of vault.archives({ expiresBefore: until, pageSize }, { signal }))
    kindOf(archive).add(archive.archiveId);

  const { seen } = archived;
  return { until, archived: seen, purged: purged.seen, held: held.seen, locked: locked.seen, kept: kept.seen };
}
