import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer, memoryArchiveStore, type VaultServer } from '@llm-memory-graph/vault-server';
import type { Fetch } from '@llm-memory-graph/http';
import { MultiRegionVault, VaultClient, type MultiRegionOptions } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';

const apiKey = 'test-key';
export const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
export const sealer = archiveSealer({ keys });
const serverKeys = localKeyRing({ keys: { server: generateKey() }, primary: 'server' });

/** How a region misbehaves. */
export type Fault =
  | 'down' // does not take connections
  | 'deaf' // does what it is asked, and no answer arrives
  | 'slow' // answers when it is released
  | 'corrupt'; // flips a bit of every content it gives

/** A real vault in this process, that can be made to fail. */
export class FaultyRegion {
  readonly name: string;
  fault: Fault | undefined;
  /** A method whose requests do not arrive. */
  refuse: string | undefined;
  /** Paths asked for, with their methods. */
  readonly asked: string[] = [];
  #server: VaultServer;
  readonly #waiting: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
    this.#server = newServer();
  }

  /** Loses everything, tombstones too. */
  wipe(): void {
    this.#server = newServer();
  }

  /** Lets go of what waits. */
  answer(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Lets go of what waits, and works as it should from now on. */
  release(): void {
    this.fault = undefined;
    this.answer();
  }

  readonly fetch: Fetch = async (url, init) => {
    const request = new Request(url, init);
    this.asked.push(`${request.method} ${new URL(url).pathname}`);
    if (this.fault === 'down' || this.refuse === request.method) throw refused();
    if (this.fault === 'slow') await this.#wait(request.signal);
    const fault = this.fault;
    const response = await this.#server.fetch(request);
    if (fault === 'deaf') throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    if (fault !== 'corrupt' || !url.endsWith('/content')) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes[bytes.length >> 1]! ^= 1;
    return new Response(bytes, response);
  };

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  /** A client that sees this region alone, without its faults. */
  direct(): VaultClient {
    const fetch: Fetch = async (url, init) => this.#server.fetch(new Request(url, init));
    return new VaultClient({ apiKey, sealer, fetch });
  }
}

function refused(): TypeError {
  return new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
}

function newServer(): VaultServer {
  return createVaultServer({ store: memoryArchiveStore(), keys: [{ secret: apiKey }], keyProvider: serverKeys });
}

/** Three regions, nearest first, and a vault over them that waits for nobody. */
export function threeRegions(options: Partial<MultiRegionOptions> = {}, breaker = false) {
  const regions = ['eu', 'us', 'ap'].map((name) => new FaultyRegion(name));
  const vaultOver = (more: Partial<MultiRegionOptions> = {}): MultiRegionVault =>
    new MultiRegionVault({
      sealer,
      lagMs: 0,
      hedgeAfterMs: 60_000,
      retry: { maxAttempts: 1 },
      ...options,
      ...more,
      regions: regions.map(({ name, fetch }) => ({
        ...{ name, fetch, apiKey, baseUrl: `http://${name}.vault.test` },
        ...(!breaker && { breaker: false as const }),
      })),
    });
  const [eu, us, ap] = regions as [FaultyRegion, FaultyRegion, FaultyRegion];
  return { regions, eu, us, ap, vault: vaultOver(), vaultOver };
}
