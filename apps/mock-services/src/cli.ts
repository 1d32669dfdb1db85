#!/usr/bin/env node
import { cliOptions, usage, UsageError, type CliOptions } from './cli-options.ts';
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
};

const signals = ['SIGINT', 'SIGTERM'] as const;

function fail(error: unknown): never {
  const line = error instanceof StartError ? `${flags[error.option]}: ${error.reason}` : (error as Error).message;
  const isUsage = error instanceof UsageError || (error instanceof StartError && error.code === 'invalid');
  console.error(`mock-services: ${line}${isUsage ? ' (--help shows the options)' : ''}`);
  process.exit(isUsage ? 2 : 1);
}

function announce({ json, services: asked }: CliOptions, services: MockServices): void {
  const { registryUrl, vaultUrl, vaultApiKey } = services;
  const generated = asked.vaultApiKey === undefined;
  if (json) {
    const key = generated ? { vault_api_key: vaultApiKey } : {};
    console.log(JSON.stringify({ ready: true, registry: registryUrl, vault: vaultUrl, ...key }));
    return;
  }
  if (generated) console.error(`VAULT_API_KEY is not set; the key of this run is ${vaultApiKey}`);
  console.log(
    `LLM-Registry  ${registryUrl}  ${asked.registryApiKey === undefined ? 'no key needed' : 'REGISTRY_API_KEY'}`,
  );
  console.log(`Data-Vault    ${vaultUrl}  ${generated ? 'the key above' : 'VAULT_API_KEY'}`);
  console.log(asked.dataDir === undefined ? 'In memory. Ctrl+C stops.' : `Kept in ${asked.dataDir}. Ctrl+C stops.`);
}

async function main(): Promise<void> {
  const options = cliOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    return;
  }
  const services = await startMockServices(options.services);
  const stop = (): void => {
    // A second signal finds no handler and ends the process at once.
    for (const signal of signals) process.off(signal, stop);
    services.close().catch(fail);
  };
  for (const signal of signals) process.on(signal, stop);
  announce(options, services);
}

main().catch(fail);
