import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import { inProcess } from './engine/in-process.ts';
import { noSuchOption, settingsOf, type SchedulerConfig, type SchedulerSettings } from './config.ts';
import { InMemoryRunJournal } from './journal/in-memory-run-journal.ts';
import type { ArchiveVault } from './ports/archive-vault.ts';
import type { Engine } from './ports/engine.ts';
import type { Failpoint } from './ports/failpoint.ts';
import type { RunJournal } from './ports/run-journal.ts';
import type { SessionRegistry } from './ports/session-registry.ts';
import type { SessionSource } from './ports/session-source.ts';
import { SchedulerError } from './scheduler-error.ts';

/** Options of `ArchivalScheduler`. */
export interface SchedulerOptions {
  readonly source: SessionSource;
  readonly vault: ArchiveVault;
  /** Told of every archived session. @default none */
  readonly registry?: SessionRegistry;
  /** @default in memory: a run that dies begins anew */
  readonly journal?: RunJournal;
  /** When runs happen, and where. @default inProcess({ everyHours: config.intervalHours }) */
  readonly engine?: Engine;
  /**
   * Names this scheduler in leases. One that keeps its name over restarts takes its own work up again at once instead
   * of after `leaseMs`; two that run at once must not share a name.
   * @default a random UUID
   */
  readonly owner?: string;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads retries. @default Math.random */
  readonly random?: () => number;
  /** @default {} */
  readonly config?: SchedulerConfig;
  /** For fault tests. @default none */
  readonly failpoint?: Failpoint;
}

/** What the scheduler is made of. */
export interface SchedulerParts {
  readonly source: SessionSource;
  readonly vault: ArchiveVault;
  readonly registry: SessionRegistry | undefined;
  readonly journal: RunJournal;
  readonly engine: Engine;
  readonly owner: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: SchedulerSettings;
  readonly failpoint: Failpoint;
}

const optionNames: Record<keyof SchedulerOptions, true> = {
  source: true,
  vault: true,
  registry: true,
  journal: true,
  engine: true,
  owner: true,
  clock: true,
  random: true,
  config: true,
  failpoint: true,
};

const portMethods = {
  source: ['due', 'claim', 'renew', 'release', 'load', 'markArchived'] satisfies (keyof SessionSource)[],
  vault: ['archive', 'readBack', 'createRetentionPolicy'] satisfies (keyof ArchiveVault)[],
};

/** For callers without a compiler: a client in place of its port would fail in the first run only. */
function checkShape(options: SchedulerOptions): void {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(optionNames, name));
  if (unknown.length > 0) throw new SchedulerError('invalid_config', noSuchOption(unknown));
  const ports = options as unknown as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  for (const [name, methods] of Object.entries(portMethods)) {
    const missing = methods.filter((method) => typeof ports[name]?.[method] !== 'function');
    if (missing.length === 0) continue;
    throw new SchedulerError('invalid_config', `\`${name}\` must have the methods ${missing.join(', ')}`);
  }
}

/** @throws {SchedulerError} `invalid_config` */
export function partsOf(options: SchedulerOptions): SchedulerParts {
  checkShape(options);
  const {
    source,
    vault,
    registry,
    clock = systemClock,
    journal = new InMemoryRunJournal(clock),
    owner = crypto.randomUUID(),
    random = Math.random,
    config = {},
    failpoint = () => undefined,
  } = options;
  if (typeof owner !== 'string' || owner === '') {
    throw new SchedulerError('invalid_config', `\`owner\` must be a non-empty string, got ${JSON.stringify(owner)}`);
  }
  const settings = settingsOf(config);
  if (settings.pruneAfterDays !== undefined) {
    const missing = [
      ...(source.prunable === undefined || source.prune === undefined ? ['`source.prunable` and `source.prune`'] : []),
      ...(vault.verify === undefined ? ['`vault.verify`'] : []),
    ];
    if (missing.length > 0) {
      throw new SchedulerError('invalid_config', `\`pruneAfterDays\` needs ${missing.join(' and ')}`);
    }
  }
  if (settings.verifyContent && vault.verify === undefined) {
    throw new SchedulerError('invalid_config', '`verifyContent` needs `vault.verify`');
  }
  const engine = options.engine ?? inProcess({ everyHours: settings.intervalHours, clock, random });
  return { source, vault, registry, journal, engine, owner, clock, random, settings, failpoint };
}
