import type { Group } from '../harness/suite.ts';
import { weighed } from './weigh.ts';

const notOurs = ['zod', 'zod/*', 'ofetch', 'mitt', '@llm-memory-graph/resilience'];
const client = `export { RegistryClient } from '@llm-memory-graph/registry-client';`;

/** What an application downloads for a client: with all that it brings along, and what of it is its own code. */
export const clients: Group = {
  title: 'one client in a browser bundle, min + gzip',
  goal: 'a client <= 12 KB (12,288 bytes); ky 8.7 KB, langfuse 37 KB, openai 84 KB',
  cases: [
    weighed({ name: 'RegistryClient, all in', ours: true }, client),
    weighed({ name: 'RegistryClient, without zod, ofetch and resilience', ours: true }, client, notOurs),
    weighed(
      { name: 'RegistryClient, UsageBuffer and trackFetch, all in', ours: true },
      `export * from '@llm-memory-graph/registry-client';`,
    ),
    weighed({ name: 'HttpClient, all in', ours: true }, `export { HttpClient, json } from '@llm-memory-graph/http';`),
    weighed(
      { name: 'of them: the contracts with zod' },
      `export { sessionInfo, usageReport } from '@llm-memory-graph/contracts';`,
    ),
    weighed(
      { name: 'of them: retry, breaker and timeout of resilience' },
      `export { circuitBreaker, pipeline, retry, timeout } from '@llm-memory-graph/resilience';`,
    ),
    weighed({ name: 'of them: ofetch' }, `export { createFetch } from 'ofetch';`),
    weighed({ name: 'openai SDK' }, `export { OpenAI } from 'openai';`),
    weighed({ name: 'axios' }, `export { default } from 'axios';`),
  ],
};
