#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { cliOptions, usage, UsageError, type CliOptions } from './cli-options.ts';
import type { Fault } from './fault/fault.ts';
import { faultsOf } from './fault/read-fault.ts';
import { StartError, type OptionName } from './start-error.ts';
import { startMockServices, type MockServices } from './start-mock-services.ts';

const flags: Record<OptionName, string> = {
  host: '--host',
  registryPort: '--registry-port',
  vaultPort: '--vault-port',
  registryApiKey: 'REGISTRY_API_KEY',
  vaultApiKey: 'VAULT_API_KEY',
  dataDir: '--data-dir',
  clock: '--clock',
  seed: '--seed',
  faults: '--faults',
  journalSize: 'journalSize',
  controlKey: 'MOCK_CONTROL_KEY',
  record: '--record',
  replay: '--replay',
};

const signals = ['SIGINT', 'SIGTERM'] as const;

function fail(error: unknown): never {
  const line = error instanceof StartError ? `${flags[error.option]}: ${error.reason}` : (error as Error).message;
  const isUsage = error instanceof UsageError || (error instanceof StartError && error.code === 'invalid');
  console.error(`mock-services: ${line}${isUsage ? ' (--help shows the options)' : ''}`);
  process.exit(isUsage ? 2 : 1);
}

function announce({ json, services: asked }: CliOptions, services: MockServices): void {
  const { registryUrl, vaultUrl, vaultApiKey, consoleUrl, ca, faults } = services;
  const generated = asked.vaultApiKey === undefined;
  if (json) {
    const key = generated ? { vault_api_key: vaultApiKey } : {};
    console.log(
      JSON.stringify({
        ready: true,
        registry: registryUrl,
        vault: vaultUrl,
        console: consoleUrl,
        seed: faults.seed,
        ca,
        ...key,
      }),
    );
    return;
  }
  if (generated) console.error(`VAULT_API_KEY is not set; the key of this run is ${vaultApiKey}`);
  console.log(
    `LLM-Registry  ${registryUrl}  ${asked.registryApiKey === undefined ? 'no key needed' : 'REGISTRY_API_KEY'}`,
  );
  console.log(`Data-Vault    ${vaultUrl}  ${generated ? 'the key above' : 'VAULT_API_KEY'}`);
  console.log(`Console       ${consoleUrl}`);
  if (ca !== undefined) console.log(`Certificate   ${consoleUrl}ca.pem is what clients must trust`);
  const count = faults.list().length;
  if (count > 0) console.log(`Faults        ${String(count)}, seed ${String(faults.seed)}`);
  console.log(asked.dataDir === undefined ? 'In memory. Ctrl+C stops.' : `Kept in ${asked.dataDir}. Ctrl+C stops.`);
}

function faultsIn(path: string): Fault[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError('faults', 'unavailable', `cannot read ${path}: ${(error as Error).message}`, error);
  }
  try {
    return faultsOf(text);
  } catch (error) {
    throw new StartError('faults', 'invalid', `${path}: ${(error as Error).message}`, error);
  }
}

async function main(): Promise<void> {
  const options = cliOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    return;
  }
  const faults = options.faultsFile === undefined ? [] : faultsIn(options.faultsFile);
  const services = await startMockServices({ ...options.services, faults });
  const stop = (): void => {
    // A second signal finds no handler and ends the process at once.
    for (const signal of signals) process.off(signal, stop);
    services.close().catch(fail);
  };
  for (const signal of signals) process.on(signal, stop);
  announce(options, services);
}

main().catch(fail);
