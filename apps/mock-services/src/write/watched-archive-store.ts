import { createHash } from 'node:crypto';
import type { CorruptedWrite } from '../fault/effect.ts';
import type { SeededRandom } from '../fault/seeded-random.ts';
import type {
  ArchiveRecord,
  ArchiveStore,
  AuditEntry,
  AuditEvent,
  NewArchive,
  UploadStore,
} from '@llm-memory-graph/vault-server';
import { currentScope } from './write-scope.ts';
import { delegate } from './delegate.ts';

/** A copy with one bit flipped at or behind `from`. */
function flipped(bytes: Uint8Array, from: number, random: SeededRandom): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.min(copy.length - 1, from + random.below(Math.max(1, copy.length - from)));
  if (at >= 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

function corrupted(archive: NewArchive, { digest = 'follows' }: CorruptedWrite, random: SeededRandom): NewArchive {
  const content = flipped(archive.content, archive.headerBytes, random);
  if (digest === 'stale') return { ...archive, content };
  const actual = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const event = { ...archive.event, detail: { ...archive.event.detail, digest: actual } };
  return { ...archive, content, event, record: { ...archive.record, digest: actual } };
}

/** The audit entry that would follow, as a store tells of it that lies. */
async function wouldBe(store: ArchiveStore, tenant: string, event: AuditEvent): Promise<AuditEntry> {
  const head = await store.auditHead(tenant);
  const none = '0'.repeat(64);
  return { ...event, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? none, hash: none };
}

async function droppedRecord(store: ArchiveStore, { record, event }: Dropped): Promise<ArchiveRecord> {
  return { ...record, auditSequence: (await wouldBe(store, record.tenant, event)).sequence };
}

type Dropped = Pick<NewArchive, 'record' | 'event'>;

/** The audit entry that a service would show for what it did not do; the chain does not have it. */
async function forged(store: ArchiveStore, tenant: string, event: AuditEvent): Promise<AuditEntry> {
  const head = await store.auditHead(tenant);
  const hash = createHash('sha256').update(JSON.stringify(event)).digest('hex');
  return { ...event, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? '0'.repeat(64), hash };
}

/** Resumable uploads: bytes are corrupted as they arrive, an upload is dropped when it is finished. */
function watchedUploadStore(store: ArchiveStore): UploadStore {
  const { uploads } = store;
  /** Uploads that were corrupted and whose digest follows. */
  const following = new Set<string>();
  return delegate(uploads, {
    async begin(upload, maxOpen) {
      const result = await uploads.begin(upload, maxOpen);
      if (result.outcome === 'begun') currentScope().committed = true;
      return result;
    },
    async append(upload, pieces, at) {
      const scope = currentScope();
      const { effect, random } = scope.hit ?? {};
      let given = pieces;
      if (effect?.kind === 'corrupted-write' && random && pieces.length > 0) {
        const hit = random.below(pieces.length);
        given = pieces.map((piece, i) => (i === hit ? flipped(piece, 0, random) : piece));
        if (effect.digest !== 'stale') following.add(upload.uploadId);
      }
      const appended = await uploads.append(upload, given, at);
      if (appended) scope.committed = true;
      return appended;
    },
    async finish(upload, archive) {
      const scope = currentScope();
      if (scope.hit?.effect.kind === 'dropped-write') {
        await uploads.remove(upload);
        return { outcome: 'stored', record: await droppedRecord(store, archive) };
      }
      let stored = archive;
      if (following.delete(upload.uploadId)) {
        const hash = createHash('sha256');
        for await (const piece of uploads.read(upload, 0, upload.offset)) hash.update(piece);
        stored = { ...archive, record: { ...archive.record, digest: `sha256:${hash.digest('hex')}` } };
      }
      const result = await uploads.finish(upload, stored);
      if (result.outcome !== 'stored') return result;
      scope.committed = true;
      return { outcome: 'stored', record: { ...result.record, digest: archive.record.digest } };
    },
  });
}

/** Notes which requests change something, and drops or corrupts writes when a fault says so. */
export function watchedArchiveStore(store: ArchiveStore): ArchiveStore {
  return delegate(store, {
    uploads: watchedUploadStore(store),

    async insert(archives) {
      const scope = currentScope();
      const { effect, random } = scope.hit ?? {};
      if (effect?.kind === 'dropped-write') {
        const found = await Promise.all(archives.map(({ record }) => store.find(record.tenant, record.archiveId)));
        return Promise.all(
          found.map(async (known, i) =>
            known.outcome === 'absent'
              ? { outcome: 'stored' as const, record: await droppedRecord(store, archives[i] as NewArchive) }
              : known,
          ),
        );
      }
      const given =
        effect?.kind === 'corrupted-write' && random
          ? archives.map((archive) => corrupted(archive, effect, random))
          : archives;
      const results = await store.insert(given);
      return results.map((result, i) => {
        if (result.outcome !== 'stored') return result;
        scope.committed = true;
        // The receipt tells of what was sent.
        return { outcome: 'stored', record: { ...result.record, digest: (archives[i] as NewArchive).record.digest } };
      });
    },

    async update(record, change, event) {
      const scope = currentScope();
      if (scope.hit?.effect.kind === 'dropped-write') return { ...record, ...change, revision: record.revision + 1 };
      const updated = await store.update(record, change, event);
      if (updated) scope.committed = true;
      return updated;
    },

    async rewrap(record, header, event) {
      const scope = currentScope();
      const { digest, size } = header;
      if (scope.hit?.effect.kind === 'dropped-write') return { ...record, digest, size, revision: record.revision + 1 };
      const rewrapped = await store.rewrap(record, header, event);
      if (rewrapped) scope.committed = true;
      return rewrapped;
    },

    async erase(record, event) {
      const scope = currentScope();
      if (scope.hit?.effect.kind === 'dropped-write') return forged(store, record.tenant, event);
      const entry = await store.erase(record, event);
      if (entry) scope.committed = true;
      return entry;
    },

    async insertPolicy(tenant, policy, event) {
      const scope = currentScope();
      const known = await store.findPolicy(tenant, policy.policyId);
      if (known) return known;
      if (scope.hit?.effect.kind === 'dropped-write') return policy;
      const held = await store.insertPolicy(tenant, policy, event);
      scope.committed = true;
      return held;
    },
  });
}
