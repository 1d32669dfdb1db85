import { afterAll, beforeAll, describe } from 'vitest';
import { HttpClient, isIntegrationError, type HttpClientOptions, type IntegrationError } from '../src/index.ts';
import { pooledFetch, type PooledFetch } from '../src/node/index.ts';
import { scriptedServer, type Step } from './scripted-server.ts';

export const key = 'sk-very-secret';
export const get = { method: 'GET', path: '/things/x' } as const;
export const post = { method: 'POST', path: '/things', body: '{"policy_id":"x"}' } as const;
export const fast = { initialDelayMs: 1, maxDelayMs: 2 };

/** A server that answers by script, and a client of it. */
async function scripted(steps: Step[], options: Partial<HttpClientOptions>) {
  const server = await scriptedServer(...steps);
  const http = new HttpClient({ baseUrl: server.baseUrl, auth: key, service: 'Test', retry: fast, ...options });
  return { server, http, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export type ClientFor = (steps: Step[], options?: Partial<HttpClientOptions>) => ReturnType<typeof scripted>;

/** The same suite over the global `fetch` and over the pooled transport. */
export function overTransports(title: string, suite: (client: ClientFor) => void): void {
  describe(`${title}, over the global fetch`, () => suite((steps, options = {}) => scripted(steps, options)));

  describe(`${title}, over the pooled transport`, () => {
    let pool: PooledFetch;
    beforeAll(() => {
      pool = pooledFetch({ proxyFromEnv: false });
    });
    afterAll(() => pool.close());
    suite((steps, options = {}) => scripted(steps, { fetch: (url, init) => pool.fetch(url, init), ...options }));
  });
}

export async function failureOf(promise: Promise<unknown>): Promise<IntegrationError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  return error;
}

/** Options that call `listener` as soon as the headers of an answer are there. */
export function onAnswerBegun(listener: () => void): Partial<HttpClientOptions> {
  const ignore = (): void => undefined;
  const debug = (_fields: object, message: string): void => {
    if (message === 'answer begun') listener();
  };
  return { logExchanges: true, logger: { debug, info: ignore, warn: ignore, error: ignore } };
}
