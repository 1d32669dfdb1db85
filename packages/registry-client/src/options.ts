import {
  cacheLifeSchema,
  checkBearerKey,
  checkOptions,
  InvalidConfigError,
  optionsOf,
  type Auth,
  type HttpClientOptions,
} from '@llm-memory-graph/http';
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

const lives = optionsOf({ cache: optionsOf({ models: cacheLifeSchema, usage: cacheLifeSchema }) });

/** @throws {InvalidConfigError} naming the option and its value */
export function httpOptions(options: RegistryClientOptions): HttpClientOptions {
  const { baseUrl = 'http://localhost:8080', apiKey, cache = {}, ...rest } = options;
  // How long what is kept is said call by call; the bounds are checked where they are used.
  const { models, usage, ...bounds } = cache;
  checkOptions(lives, { cache: { models, usage } });
  if (typeof apiKey === 'string') checkBearerKey('apiKey', apiKey);
  return { ...rest, baseUrl, auth: apiKey, service: 'LLM-Registry', cache: bounds };
}

/** Reads `REGISTRY_URL` and `REGISTRY_API_KEY`. @throws {InvalidConfigError} naming the variable */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>>): RegistryClientOptions {
  const { REGISTRY_URL: url, REGISTRY_API_KEY: apiKey } = env;
  if (url && !URL.canParse(url)) throw new InvalidConfigError('REGISTRY_URL must be an absolute URL');
  if (apiKey) checkBearerKey('REGISTRY_API_KEY', apiKey);
  return { ...(url && { baseUrl: url }), ...(apiKey && { apiKey }) };
}
