import { runInThisContext } from 'node:vm';
import type * as contracts from '@llm-memory-graph/contracts';
import { ContractViolation, isContractViolation, policyCreated as thing } from '@llm-memory-graph/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import * as here from '../src/index.ts';
import { pooledFetch } from '../src/node/index.ts';
import { browserBundle } from './browser-bundle.ts';
import { get } from './over-transports.ts';
import { answer, problem, scriptedServer, silent } from './scripted-server.ts';

type Copy = typeof here & { contracts: typeof contracts };

/** A second copy of this package and of all below it, as an application with two versions of it would have. */
let there: Copy;
beforeAll(async () => {
  const contents = `export * from './src/index.ts'; export * as contracts from '@llm-memory-graph/contracts';`;
  there = runInThisContext(`${await browserBundle(contents, { format: 'iife' })};bundled`) as Copy;
});

const retry = { maxAttempts: 1 };

describe('two copies of the package', () => {
  it('are two copies', () => {
    expect(there.HttpClient).not.toBe(here.HttpClient);
    expect(new there.ApiError('x', { status: 500 })).not.toBeInstanceOf(here.ApiError);
  });

  it('know each other’s errors, and take nothing else for one', () => {
    const errorsOf = (copy: typeof here): Error[] => [
      new copy.HttpError('x'),
      new copy.AuthenticationError('x'),
      new copy.ApiError('x', { status: 500 }),
      new copy.ConnectionError('x'),
      new copy.RequestTimeoutError('x'),
      new copy.CircuitBreakerOpenError('x'),
      new copy.InvalidConfigError('x'),
      new copy.SerializationError('x'),
    ];
    for (const error of errorsOf(there)) expect(here.isIntegrationError(error)).toBe(true);
    for (const error of errorsOf(here)) expect(there.isIntegrationError(error)).toBe(true);
    for (const value of [new Error('x'), { code: 'api', name: 'ApiError' }, 'x', null, undefined, () => undefined])
      expect(here.isIntegrationError(value)).toBe(false);
    expect(isContractViolation(new there.contracts.ContractViolation('X', []))).toBe(true);
    expect(there.contracts.isContractViolation(new ContractViolation('X', []))).toBe(true);
  });

  it('read answers by each other’s contracts', async () => {
    await using server = await scriptedServer(answer(200, { policy_id: 5 }));
    const http = new there.HttpClient({ baseUrl: server.baseUrl, retry });
    const error: unknown = await http.call(get, here.json(thing)).catch((reason: unknown) => reason);
    expect(here.isIntegrationError(error) && error.code).toBe('serialization');
    expect(String(error)).toContain('PolicyCreated: /policy_id');
  });

  it('share breakers and transports', async () => {
    await using server = await scriptedServer(answer(200, { policy_id: 'x' }), problem(503), silent);
    await using transport = pooledFetch({ proxyFromEnv: false });
    const breaker = new here.HttpClient({ baseUrl: server.baseUrl, breaker: { failureThreshold: 2 } }).breaker;
    if (!breaker) throw new Error('expected a breaker');
    const http = new there.HttpClient({ baseUrl: server.baseUrl, retry, breaker, fetch: transport.fetch });
    const codeOf = (options: here.CallOptions = {}): Promise<unknown> =>
      http.call(get, here.json(thing), options).then(
        ({ value }) => value.policyId,
        (error: unknown) => here.isIntegrationError(error) && error.code,
      );
    expect(await codeOf()).toBe('x');
    expect(await codeOf()).toBe('api');
    expect(await codeOf({ timeoutMs: 30 })).toBe('timeout');
    expect(breaker.state).toBe('open');
    expect(await codeOf()).toBe('circuit_open');
  });
});
