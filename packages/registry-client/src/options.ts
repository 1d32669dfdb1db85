import { InvalidConfigError, type Auth, type HttpClientOptions } from '@llm-memory-graph/http';
import type { RegistryCacheOptions } from './registry-cache.ts';

/** Options of a {@link RegistryClient}. */
export interface RegistryClientOptions extends Omit<HttpClientOptions, 'auth' | 'service' | 'baseUrl' | 'cache'> {
  /** Root of the LLM-Registry. @default 'http://localhost:8080' */
  readonly baseUrl?: string;
  /** Bearer key, or a function that gives the current one. @default none */
  readonly apiKey?: Auth | undefined;
  /** Answers to keep. @default nothing */
  readonly cache?: RegistryCacheOptions;
}

export function httpOptions(options: RegistryClientOptions): HttpClientOptions {
  const { baseUrl = 'http://localhost:8080', apiKey, cache = {}, ...rest } = options;
  // How long what is kept is said call by call.
  const { models: _models, usage: _usage, ...bounds } = cache;
  return { ...rest, baseUrl, auth: apiKey, service: 'LLM-Registry', cache: bounds };
}

/** Reads `REGISTRY_URL` and `REGISTRY_API_KEY`. @throws {InvalidConfigError} naming the variable */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>>): RegistryClientOptions {
  const { REGISTRY_URL: url, REGISTRY_API_KEY: apiKey } = env;
  if (url !== undefined && !URL.canParse(url))
    throw new InvalidConfigError(`REGISTRY_URL must be an absolute URL, got ${JSON.stringify(url)}`);
  return { ...(url && { baseUrl: url }), ...(apiKey && { apiKey }) };
}
