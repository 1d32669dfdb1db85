import { join } from 'node:path';
import { startMockServices, type MockServices } from '@llm-memory-graph/mock-services';
import { UsageError } from './usage-error.ts';

/** Where the two services are. */
export interface Services extends AsyncDisposable {
  readonly registryUrl: string;
  readonly registryApiKey: string | undefined;
  readonly vaultUrl: string;
  readonly vaultApiKey: string;
  /** The time that both go by, when they were started here. */
  readonly clock: MockServices['clock'] | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

function urlOf(env: Env, name: string): string {
  const text = env[name] ?? '';
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new UsageError(`${name} must be an absolute http(s) URL, got ${JSON.stringify(text)}`);
}

/**
 * The services that the environment names, or own ones on free ports.
 *
 * @param start where the clock of own ones begins
 * @throws {UsageError} naming the variable
 */
export async function connect(env: Env, dataDir: string | undefined, start: Date): Promise<Services> {
  const given = [env['REGISTRY_URL'], env['VAULT_URL']].filter(Boolean).length;
  if (given === 1)
    throw new UsageError(
      `REGISTRY_URL and VAULT_URL go together, ${env['VAULT_URL'] ? 'REGISTRY_URL' : 'VAULT_URL'} is not set`,
    );
  if (given === 0) return startLocal(dataDir, start);
  if (!env['VAULT_API_KEY']) throw new UsageError('VAULT_API_KEY is not set; the vault at VAULT_URL needs one');
  return {
    registryUrl: urlOf(env, 'REGISTRY_URL'),
    registryApiKey: env['REGISTRY_API_KEY'] || undefined,
    vaultUrl: urlOf(env, 'VAULT_URL'),
    vaultApiKey: env['VAULT_API_KEY'],
    clock: undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function startLocal(dataDir: string | undefined, clock: Date): Promise<Services> {
  const mock = await startMockServices({
    registryPort: 0,
    vaultPort: 0,
    clock,
    ...(dataDir !== undefined && { dataDir: join(dataDir, 'services') }),
  });
  return {
    registryUrl: mock.registryUrl,
    registryApiKey: undefined,
    vaultUrl: mock.vaultUrl,
    vaultApiKey: mock.vaultApiKey,
    clock: mock.clock,
    [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose](),
  };
}
