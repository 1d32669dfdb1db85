import { type KeyObject } from 'node:crypto';

import { sealedFramesMediaType } from '@llm-memory-graph/contracts';
import { type KeyProvider, type Sealing, type ZstdDictionary } from '@llm-memory-graph/sealed-archive';
import {
  idempotent,
  memoryIdempotencyStore,
  operations,
  requestMetrics,
  resolveLimits,
  resource,
  serviceApp,
  silentLogger,
  type ApiKey,
  type Clock,
  type Limits,
  type Logger,
  type RateLimit,
} from '@llm-memory-graph/service';

import { auditProofs } from './audit/audit-proofs.ts';
import { checkSigningKey, publicPemOf } from './audit/signature.ts';
import { vaultOpenApi } from './endpoints.ts';
import { archiveSession, deleteArchive, retrieveSession } from './routes/archive.ts';
import { readAudit, readCheckpoint, readConsistency, readProof } from './routes/audit.ts';
import { batchArchive } from './routes/batch.ts';
import { eraseArchives } from './routes/erasures.ts';
import { rewrapKeys } from './routes/rewrap.ts';
import { archiveContent } from './routes/content.ts';
import { deleteHold, putHold } from './routes/legal-hold.ts';
import { listArchives } from './routes/list.ts';
import { deleteLock, putLock } from './routes/lock.ts';
import { archiveMetadata } from './routes/metadata.ts';
import { readBackArchives } from './routes/read-back.ts';
import { createPolicy, getPolicy, listPolicies, putPolicy } from './routes/policies.ts';
import { retentionSweep } from './routes/sweep.ts';
import { uploadRequests } from './routes/uploads.ts';
import { ClockGuard } from './retention/clock-guard.ts';
import { sharedSealingThreads } from './shared-sealing-threads.ts';
import { type ArchiveStore } from './store/archive-store.ts';
import { resolveUploadLimits, type UploadLimits } from './upload/upload-limits.ts';
import { uploadsOf } from './upload/uploads.ts';
import { type Vault } from './vault.ts';
import { systemVaultClock, type VaultClock } from './vault-clock.ts';
import { type VaultEvent } from './vault-event.ts';
import { VaultMetrics } from './vault-metrics.ts';

/** What {@link createVaultServer} needs. */
export interface VaultServerOptions {
  /** Closed by whoever made it. */
  readonly store: ArchiveStore;
  /** API keys, at least one. Scopes: `read`, `write`, `delete`, `hold`, `admin`, `metrics:read`; `*` is all. */
  readonly keys: readonly ApiKey[];
  /** Wraps the data keys of what the server seals for clients that do not seal themselves. */
  readonly keyProvider: KeyProvider;
  /**
   * Seals for them.
   *
   * @default `sealingThreads()`, one pool for all servers of the process
   */
  readonly sealing?: Sealing;
  /**
   * Texts that zstd may refer to, from `structuralDictionary`: the last seals, all of them open. One that archives were
   * sealed with must stay in the list as long as they do.
   *
   * @default none: the dictionary that ships with `sealed-archive`
   */
  readonly dictionaries?: readonly ZstdDictionary[];
  /**
   * Private Ed25519 key that signs audit checkpoints and erasure receipts.
   *
   * @default none: no checkpoints and proofs (404), and receipts without signature
   */
  readonly checkpointKey?: KeyObject;
  /** @default the system's; `monotonic` also when the clock given has none */
  readonly clock?: Clock & Partial<VaultClock>;
  /** @default silent */
  readonly logger?: Logger;
  /** Hears what an operator should know, such as a sweep skipped by a clock jump; what it throws is logged. */
  readonly onEvent?: (event: VaultEvent) => void;
  /** How often each key may ask; beyond it is 429. @default no limit */
  readonly rateLimit?: RateLimit;
  /** @default `maxBodyBytes` 64 MiB, `maxJsonDepth` 512 */
  readonly limits?: Limits;
  /** @default `maxBytes` 64 GiB, `maxOpen` 64 per tenant, `expireAfterMs` 24 hours, `syncBytes` 4 MiB */
  readonly uploads?: UploadLimits;
}

/** The service as a `fetch` handler. */
export interface VaultServer {
  /** Answers one request; give it to any server that speaks `Request` and `Response`. */
  readonly fetch: (request: Request, env?: object) => Response | Promise<Response>;
}

/**
 * The Data-Vault service.
 *
 * @throws {TypeError} when an option is unusable, naming it but never a key
 * @throws {RangeError} when a limit is out of range, naming it and its value
 *
 * @example
 * ```ts
 * const vault = createVaultServer({
 *   store: memoryArchiveStore(),
 *   keys: [{ secret: 'vault-key' }],
 *   keyProvider: localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' }),
 * });
 * const answer = await vault.fetch(new Request('http://localhost/health'));
 * ```
 */
export function createVaultServer(options: VaultServerOptions): VaultServer {
  const { checkpointKey } = options;
  if (checkpointKey) checkSigningKey(checkpointKey);
  const vault = resolveOptions(options);
  const uploads = uploadsOf(vault);
  const requests = requestMetrics('vault');
  const metrics = { ...requests, text: () => requests.text() + vault.metrics.text() + uploads.metrics.text() };
  const app = serviceApp({
    name: 'vault',
    keys: options.keys,
    logger: vault.logger,
    metrics,
    rateLimit: options.rateLimit,
  });
  operations(app, {
    service: 'vault',
    limits: vault.limits,
    metrics,
    ready: () => vault.store.ping(),
    openApi: vaultOpenApi(),
    capabilities: {
      receipts: true,
      audit_key: checkpointKey ? publicPemOf(checkpointKey) : null,
      sealed_frames: sealedFramesMediaType,
      resumable_uploads: {
        max_bytes: vault.uploadLimits.maxBytes,
        max_open: vault.uploadLimits.maxOpen,
        expire_after_seconds: Math.floor(vault.uploadLimits.expireAfterMs / 1000),
      },
    },
  });

  const { clock, limits } = vault;
  const once = idempotent({ store: memoryIdempotencyStore(), clock, maxBodyBytes: limits.maxBodyBytes });
  // Archiving ignores `Idempotency-Key`: an archive id already means one content for ever, and an answer remembered
  // from before a deletion would claim that the vault holds what is gone.
  // Only POST, so that archives whose ids are "batch" and "read-back" can be read and deleted.
  const posts = { '/api/v1/archive/batch': batchArchive(vault), '/api/v1/archive/read-back': readBackArchives(vault) };
  for (const [path, handle] of Object.entries(posts))
    app.post(path, (c) => {
      c.set('route', path);
      return handle(c);
    });
  resource(app, '/api/v1/archive', { GET: listArchives(vault), POST: archiveSession(uploads) });
  resource(app, '/api/v1/archive/:id', { GET: retrieveSession(vault), DELETE: deleteArchive(vault) });
  resource(app, '/api/v1/archive/:id/metadata', { GET: archiveMetadata(vault) });
  resource(app, '/api/v1/archive/:id/content', { GET: archiveContent(vault) }, { produces: false });
  resource(app, '/api/v1/archive/:id/policy', { PUT: putPolicy(vault) });
  resource(app, '/api/v1/archive/:id/legal-hold', { PUT: putHold(vault), DELETE: deleteHold(vault) });
  resource(app, '/api/v1/archive/:id/lock', { PUT: putLock(vault), DELETE: deleteLock(vault) });
  resource(app, '/api/v1/uploads/:id', uploadRequests(uploads), { produces: false });
  resource(app, '/api/v1/policies', { GET: listPolicies(vault), POST: once(createPolicy(vault)) });
  resource(app, '/api/v1/policies/:id', { GET: getPolicy(vault) });
  resource(app, '/api/v1/retention/sweep', { POST: once(retentionSweep(vault)) });
  resource(app, '/api/v1/erasures', { POST: once(eraseArchives(vault, checkpointKey)) });
  resource(app, '/api/v1/keys/rewrap', { POST: once(rewrapKeys(vault)) });
  resource(app, '/api/v1/audit', { GET: readAudit(vault) });
  if (checkpointKey) {
    const proofs = auditProofs(vault, checkpointKey);
    resource(app, '/api/v1/audit/checkpoint', { GET: readCheckpoint(proofs) });
    resource(app, '/api/v1/audit/proof', { GET: readProof(vault, proofs) });
    resource(app, '/api/v1/audit/consistency', { GET: readConsistency(proofs) });
  }
  return { fetch: (request, env) => app.fetch(request, env) };
}

function resolveOptions(options: VaultServerOptions): Vault {
  const { store, keys, keyProvider, clock = systemVaultClock, logger = silentLogger, onEvent } = options;
  if (keys.length === 0)
    throw new TypeError('`keys` must hold at least one API key: a vault is never open to everyone');
  return {
    store,
    keyProvider,
    sealing: options.sealing ?? sharedSealingThreads(),
    dictionaries: options.dictionaries ?? [],
    clock: { now: () => clock.now(), monotonic: () => clock.monotonic?.() ?? systemVaultClock.monotonic() },
    guard: new ClockGuard(),
    metrics: new VaultMetrics(),
    onEvent: (event) => {
      try {
        onEvent?.(event);
      } catch (err) {
        logger.error({ err }, '`onEvent` threw');
      }
    },
    logger,
    limits: resolveLimits({ maxBodyBytes: 64 * 1024 * 1024, maxJsonDepth: 512, ...options.limits }),
    uploadLimits: resolveUploadLimits(options.uploads),
  };
}
