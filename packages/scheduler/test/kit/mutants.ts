import { createHash } from 'node:crypto';
import type {
  ArchiveOutcome,
  ArchiveRequest,
  ArchiveVault,
  DueCursor,
  ReadBackOutcome,
  RunJournal,
  SessionClaim,
  SessionSource,
} from '../../src/index.ts';
import type { World } from './world.ts';

/** The ports of a scheduler; a mutant breaks one of them the way a wrong scheduler would. */
export interface Ports {
  source: SessionSource;
  vault: ArchiveVault;
  journal: RunJournal;
}

export type Mutant = (ports: Ports, world: World) => Ports;

/** Overrides methods of a port; the rest is passed on. */
function overriding<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get(target, key) {
      const own = (methods as Record<PropertyKey, unknown>)[key];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** Archives under ids of its own, marks included, and hides that from the scheduler. */
function underOtherIds(ports: Ports, idOf: (request: ArchiveRequest) => string): Ports {
  const { source } = ports;
  const real = new Map<string, string>();
  const markArchived: SessionSource['markArchived'] = (claim, mark, options) =>
    source.markArchived(claim, { ...mark, archiveId: real.get(mark.archiveId) ?? mark.archiveId }, options);
  return { ...ports, vault: otherIds(ports.vault, idOf, real), source: overriding(source, { markArchived }) };
}

function otherIds(
  vault: ArchiveVault,
  idOf: (request: ArchiveRequest) => string,
  real: Map<string, string>,
): ArchiveVault {
  return overriding(vault, {
    archive: async (requests, options): Promise<ArchiveOutcome[]> => {
      const renamed = requests.map((request) => ({ ...request, archiveId: idOf(request) }));
      renamed.forEach(({ archiveId }, i) => real.set(requests[i]!.archiveId, archiveId));
      const outcomes = await vault.archive(renamed, options);
      return outcomes.map((outcome, i) => (outcome.ok ? { ...outcome, archiveId: requests[i]!.archiveId } : outcome));
    },
    readBack: async (archiveIds, options): Promise<ReadBackOutcome[]> => {
      const outcomes = await vault.readBack(
        archiveIds.map((id) => real.get(id) ?? id),
        options,
      );
      return outcomes.map((outcome, i) => (outcome.ok ? { ...outcome, archiveId: archiveIds[i]! } : outcome));
    },
  });
}

/** Answers the read-back from what was acknowledged. */
function believing(vault: ArchiveVault): ArchiveVault {
  const believed = new Map<string, ReadBackOutcome>();
  return overriding(vault, {
    archive: async (requests, options) => {
      const outcomes = await vault.archive(requests, options);
      outcomes.forEach((outcome, i) => {
        if (outcome.ok) believed.set(outcome.archiveId, { ...outcome, sessionId: requests[i]!.sessionId });
      });
      return outcomes;
    },
    readBack: (archiveIds) => archiveIds.map((id) => believed.get(id)!),
  });
}

/** Acknowledges before it sends; what it sent is there once the next call is made. */
function hasty(vault: ArchiveVault): ArchiveVault {
  let unsent: readonly ArchiveRequest[] = [];
  return overriding(believing(vault), {
    archive: async (requests, options) => {
      await vault.archive(unsent, options);
      unsent = requests;
      return requests.map(({ archiveId, contentSha256, bytes }) => ({
        ok: true,
        archiveId,
        digest: `sha256:${contentSha256}`,
        size: bytes.length,
      }));
    },
    readBack: (archiveIds) =>
      archiveIds.map((archiveId) => {
        const { sessionId, contentSha256, bytes } = unsent.find((request) => request.archiveId === archiveId)!;
        return { ok: true, archiveId, sessionId, digest: `sha256:${contentSha256}`, size: bytes.length };
      }),
  });
}

/** What stands in for the store, in which leases outlive the processes. */
const wallClockLeasesOf = new WeakMap<World, Map<string, { owner: string; until: number }>>();

/** Leases by the wall clock alone. */
function wallClockLeases(source: SessionSource, world: World): SessionSource {
  const now = (): number => world.clock.now();
  const leases = wallClockLeasesOf.get(world) ?? new Map<string, { owner: string; until: number }>();
  wallClockLeasesOf.set(world, leases);
  return overriding(source, {
    claim: async (ids, { owner, ttlMs }) => {
      const free = ids.filter((id) => {
        const lease = leases.get(id);
        return lease === undefined || lease.owner === owner || lease.until <= now();
      });
      for (const id of free) leases.set(id, { owner, until: now() + ttlMs });
      const { granted, refused } = await source.claim(free, { owner: 'everybody', ttlMs });
      const leased = ids.filter((id) => !free.includes(id)).map((id) => ({ id, reason: 'leased' as const }));
      return { granted, refused: [...refused, ...leased] };
    },
    release: () => undefined,
  });
}

/** Moves the cursor behind a page before the page is worked on, and takes it at its word after a crash. */
function cursorFirst({ source, journal }: Ports): Pick<Ports, 'source' | 'journal'> {
  let last: DueCursor | undefined;
  return {
    source: overriding(source, {
      due: async (cutoff, options) => {
        const page = await source.due(cutoff, options);
        last = page.at(-1) ?? last;
        return page;
      },
    }),
    journal: overriding(journal, {
      begin: async (run, ids, options) => {
        await journal.begin(run, ids, options);
        await journal.checkpoint(run, { results: [], failures: [], cleared: [], cursor: last }, options);
      },
    }),
  };
}

/** Marks whatever version is there now. */
function withoutCompare(source: SessionSource, world: World): SessionSource {
  return overriding(source, {
    markArchived: (claim: SessionClaim, mark) =>
      world.graph.markArchived({ id: claim.id, version: world.graph.getSession(claim.id)!.version }, mark),
  });
}

/** The eight ways of being wrong that the fault tests must notice. */
export const mutants: Record<string, Mutant> = {
  'no idempotency key': (ports) => underOtherIds(ports, () => crypto.randomUUID()),
  'mark before ack': (ports) => ({ ...ports, vault: hasty(ports.vault) }),
  'no read-back': (ports) => ({ ...ports, vault: believing(ports.vault) }),
  'cursor moved early': (ports) => ({ ...ports, ...cursorFirst(ports) }),
  'mark without compare-and-set': (ports, world) => ({ ...ports, source: withoutCompare(ports.source, world) }),
  'key without content hash': (ports) =>
    underOtherIds(ports, ({ sessionId, version }) =>
      createHash('sha256').update(`${sessionId}:${version}`).digest('hex'),
    ),
  'no lease': (ports) => ({
    ...ports,
    source: overriding(ports.source, {
      claim: (ids, options) => ports.source.claim(ids, { ...options, owner: 'everybody' }),
    }),
  }),
  'wall-clock lease': (ports, world) => ({
    ...ports,
    source: wallClockLeases(ports.source, world),
  }),
};
