import { type KeyProvider } from '@llm-memory-graph/sealed-archive';
import {
  emptyAnswer,
  resolveLimits,
  resource,
  serviceApp,
  silentLogger,
  systemClock,
  type ApiKey,
  type Clock,
  type Limits,
  type Logger,
} from '@llm-memory-graph/service';

import { archiveSession, deleteArchive, retrieveSession } from './routes/archive.ts';
import { readAudit } from './routes/audit.ts';
import { batchArchive } from './routes/batch.ts';
import { archiveContent } from './routes/content.ts';
import { deleteHold, putHold } from './routes/legal-hold.ts';
import { archiveMetadata, listArchives } from './routes/metadata.ts';
import { createPolicy, getPolicy, listPolicies, putPolicy } from './routes/policies.ts';
import { type ArchiveStore } from './store/archive-store.ts';
import { type Vault } from './vault.ts';

export interface VaultServerOptions {
  readonly store: ArchiveStore;
  /** API keys, at least one. Scopes: `read`, `write`, `delete`, `hold`, `admin`; `*` is all. */
  readonly keys: readonly ApiKey[];
  /** Wraps the data keys of what the server seals for clients that do not seal themselves. */
  readonly keyProvider: KeyProvider;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default silent */
  readonly logger?: Logger;
  /** @default `maxBodyBytes` 64 MiB, `maxJsonDepth` 512 */
  readonly limits?: Limits;
}

export interface VaultServer {
  /** Answers one request; give it to any server that speaks `Request` and `Response`. */
  readonly fetch: (request: Request, env?: object) => Response | Promise<Response>;
}

/**
 * The Data-Vault service.
 *
 * @throws {TypeError} naming the option and its value, never a key
 */
export function createVaultServer(options: VaultServerOptions): VaultServer {
  const { store, keys, keyProvider, clock = systemClock, logger = silentLogger } = options;
  if (keys.length === 0)
    throw new TypeError('`keys` must hold at least one API key: a vault is never open to everyone');
  const limits = resolveLimits({ maxBodyBytes: 64 * 1024 * 1024, maxJsonDepth: 512, ...options.limits });
  const vault: Vault = { store, keyProvider, clock, logger, limits };

  const app = serviceApp({ name: 'vault', keys, logger });
  resource(app, '/health', { GET: () => emptyAnswer() });
  resource(app, '/api/v1/archive', { GET: listArchives(vault), POST: archiveSession(vault) });
  resource(app, '/api/v1/archive/batch', { POST: batchArchive(vault) });
  resource(app, '/api/v1/archive/:id', { GET: retrieveSession(vault), DELETE: deleteArchive(vault) });
  resource(app, '/api/v1/archive/:id/metadata', { GET: archiveMetadata(vault) });
  resource(app, '/api/v1/archive/:id/content', { GET: archiveContent(vault) }, { produces: false });
  resource(app, '/api/v1/archive/:id/legal-hold', { PUT: putHold(vault), DELETE: deleteHold(vault) });
  resource(app, '/api/v1/archive/:id/policy', { PUT: putPolicy(vault) });
  resource(app, '/api/v1/policies', { GET: listPolicies(vault), POST: createPolicy(vault) });
  resource(app, '/api/v1/policies/:id', { GET: getPolicy(vault) });
  resource(app, '/api/v1/audit', { GET: readAudit(vault) });
  return { fetch: (request, env) => app.fetch(request, env) };
}
