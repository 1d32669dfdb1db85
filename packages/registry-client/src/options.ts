import { InvalidConfigError, type Auth, type HttpClientOptions } from '@llm-memory-graph/http';

/** Options of a {@link RegistryClient}. */
export interface RegistryClientOptions extends Omit<HttpClientOptions, 'auth' | 'service' | 'baseUrl'> {
  /** Root of the LLM-Registry. @default 'http://localhost:8080' */
  readonly baseUrl?: string;
  /** Bearer key, or a function that gives the current one. @default none */
  readonly apiKey?: Auth | undefined;
}

export function httpOptions(options: RegistryClientOptions): HttpClientOptions {
  const { baseUrl = 'http://localhost:8080', apiKey, ...rest } = options;
  return { ...rest, baseUrl, auth: apiKey, service: 'LLM-Registry' };
}

/** Reads `REGISTRY_URL` and `REGISTRY_API_KEY`. @throws {InvalidConfigError} naming the variable */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>>): RegistryClientOptions {
  const { REGISTRY_URL: url, REGISTRY_API_KEY: apiKey } = env;
  if (url !== undefined && !URL.canParse(url))
    throw new InvalidConfigError(`REGISTRY_URL must be an absolute URL, got ${JSON.stringify(url)}`);
  return { ...(url && { baseUrl: url }), ...(apiKey && { apiKey }) };
}
