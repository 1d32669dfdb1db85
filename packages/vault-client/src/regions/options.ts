import { checkOptions, integerFrom, InvalidConfigError, optionsOf } from '@llm-memory-graph/http';
import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import type { VaultClientOptions } from '../options.ts';
import type { Sealer } from '../sealer.ts';
import { VaultClient } from '../vault-client.ts';
import { agreementOf, type Agreement, type WriteTo } from './agreement.ts';
import type { Region } from './region.ts';

type Shared = Omit<VaultClientOptions, 'baseUrl' | 'apiKey' | 'sealer' | 'encryptionEnabled' | 'compressionEnabled'>;

/** One vault of several; what is not said here is as for all of them. */
export interface RegionOptions extends Shared, Pick<VaultClientOptions, 'apiKey'> {
  /** In events, errors and reports. */
  readonly name: string;
  /** Root of its Data-Vault. */
  readonly baseUrl: string;
}

/** Options of a `MultiRegionVault`: those of `VaultClient` for all regions, and its own. */
export interface MultiRegionOptions extends Omit<Shared, 'breaker'> {
  /** Nearest first. Each has a circuit breaker of its own. */
  readonly regions: readonly RegionOptions[];
  /** Seals once for all regions. */
  readonly sealer: Sealer;
  /**
   * Who decides whether something is written, deleted or held: more than half of the regions, or a primary alone.
   *
   * @default 'quorum'
   */
  readonly writeTo?: WriteTo;
  /** How long a write waits for the slow regions once enough have confirmed it, in ms. @default 1000 */
  readonly lagMs?: number;
  /** How long a read waits for a region before it asks the next one as well, in ms. @default 1000 */
  readonly hedgeAfterMs?: number;
  /** Most archives that are remembered for `repair`. @default 10000 */
  readonly maxPending?: number;
}

export interface ResolvedMultiRegion {
  readonly regions: readonly Region[];
  readonly sealer: Sealer;
  readonly agreement: Agreement;
  readonly batchSize: number;
  readonly maxBatchBytes: number;
  readonly lagMs: number;
  readonly hedgeAfterMs: number;
  readonly maxPending: number;
  readonly clock: Clock;
}

const longestTimer = 2 ** 31 - 1;

// Those of its own; what all regions share is checked as options of each client.
const schema = optionsOf({
  lagMs: integerFrom(0, longestTimer),
  hedgeAfterMs: integerFrom(0, longestTimer),
  maxPending: integerFrom(1),
});

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveMultiRegion(options: MultiRegionOptions): ResolvedMultiRegion {
  const { regions, sealer, writeTo = 'quorum', lagMs, hedgeAfterMs, maxPending, ...shared } = options;
  checkOptions(schema, { lagMs, hedgeAfterMs, maxPending });
  if ((sealer as Sealer | undefined) === undefined)
    throw new InvalidConfigError('sealer is required: regions have no key in common');
  if (regions.length < 2)
    throw new InvalidConfigError(`regions must name at least two regions, got ${String(regions.length)}`);
  const names = regions.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new InvalidConfigError(`regions must have different names, got ${JSON.stringify(twice)} twice`);
  // It stands at the end of the cursors of lists.
  const slashed = names.find((name) => name.includes('/'));
  if (slashed !== undefined) throw new InvalidConfigError(`name must not hold a slash, got ${JSON.stringify(slashed)}`);
  const clients = regions.map(({ name, ...own }): Region => {
    const region = { service: `Data-Vault ${name}`, ...shared, ...own, sealer };
    return { name, vault: new VaultClient(region) };
  });
  return {
    regions: clients,
    sealer,
    agreement: agreementOf(clients, writeTo),
    batchSize: shared.batchSize ?? 100,
    maxBatchBytes: shared.maxBatchBytes ?? 8 * 1024 * 1024,
    lagMs: lagMs ?? 1_000,
    hedgeAfterMs: hedgeAfterMs ?? 1_000,
    maxPending: maxPending ?? 10_000,
    clock: shared.clock ?? systemClock,
  };
}
