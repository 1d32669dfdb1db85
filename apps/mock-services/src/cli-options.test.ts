import { describe, expect, it } from 'vitest';
import { cliOptions, usage, UsageError } from './cli-options.ts';

describe('cliOptions', () => {
  it('has the defaults of the services', () => {
    expect(cliOptions([], {})).toEqual({
      help: false,
      json: false,
      faultsFile: undefined,
      services: {
        host: '127.0.0.1',
        registryPort: 8080,
        vaultPort: 9000,
        dataDir: undefined,
        registryApiKey: undefined,
        vaultApiKey: undefined,
        controlKey: undefined,
        tls: false,
        record: undefined,
        replay: undefined,
      },
    });
  });

  it('takes keys from the environment only, and an empty one as none', () => {
    const { services } = cliOptions([], { REGISTRY_API_KEY: '', VAULT_API_KEY: 'v' });
    expect([services.registryApiKey, services.vaultApiKey]).toEqual([undefined, 'v']);
  });

  it.each(['2030-01-31', '2030-01-31T00:00Z', '2030-01-31T01:00:00.000+01:00'])('starts its clock at %s', (text) => {
    expect(JSON.stringify(cliOptions(['--clock', text], {}).services.clock)).toMatch(/^"2030-01-31T00:/);
  });

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--json=yes'], "Option '--json' does not take an argument"],
    [['--data-dir'], "Option '--data-dir <value>' argument missing"],
    [['--registry-port', '70000'], '--registry-port must be a port from 0 to 65535, got "70000"'],
    [['--vault-port', 'http'], '--vault-port must be a port from 0 to 65535, got "http"'],
    [['--vault-port', '-1'], "Option '--vault-port' argument is ambiguous"],
    [['--seed', '-1'], "Option '--seed' argument is ambiguous"],
    [['--seed', '4294967296'], '--seed must be an integer from 0 to 4294967295, got "4294967296"'],
    [['--seed', '1.5'], '--seed must be an integer from 0 to 4294967295, got "1.5"'],
    [['--record', 'x'], '--record, --registry-upstream and --vault-upstream go together'],
    [['--vault-upstream', 'http://v'], '--record, --registry-upstream and --vault-upstream go together'],
    [['--clock', 'yesterday'], '--clock must be an ISO 8601 instant such as 2026-01-31T12:00:00Z, got "yesterday"'],
    [['--clock', '2026-02-30T00:00:00Z'], '--clock must be an ISO 8601 instant'],
    [['--clock', '2026-02-03T25:00:00Z'], '--clock must be an ISO 8601 instant'],
    [['--clock', '2026-02-03T00:00:00'], '--clock must be an ISO 8601 instant'],
  ])('refuses %j', (args, message) => {
    expect(() => cliOptions(args, {})).toThrow(UsageError);
    expect(() => cliOptions(args, {})).toThrow(message);
  });

  it('tells all of them in its help', () => {
    for (const name of [
      '--host',
      '--registry-port',
      '--vault-port',
      '--data-dir',
      '--clock',
      '--seed',
      '--faults',
      '--tls',
      '--record',
      '--replay',
      '--json',
      'VAULT_API_KEY',
    ])
      expect(usage).toContain(name);
  });
});
