import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { expect, it } from 'vitest';
import { methodsOf, namesOf, runReadme, runsSource, untold } from '../../../readme.shared.ts';
import {
  RegistryClient,
  type RegistryCacheOptions,
  type RegistryClientOptions,
  type SessionFilter,
  type TrackFetchOptions,
  type Untracked,
  type UsageBufferEvents,
  type UsageBufferOptions,
} from '../src/index.ts';
import type { FileSpoolOptions, FlushOnExitOptions } from '../src/node/index.ts';
import { served } from './served.ts';

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const server = createRegistryServer({ store: memoryRegistryStore(), keys: [{ secret: 'test-key' }] });
  await using socket = await served((request) => server.fetch(request));
  const { printed, promised } = await runReadme(new URL('..', import.meta.url), undefined, {
    REGISTRY_URL: socket.url,
    REGISTRY_API_KEY: 'test-key',
  });
  expect(promised).toHaveLength(1);
  expect(printed).toEqual(promised);
});

const options = namesOf<RegistryClientOptions>({
  baseUrl: true,
  apiKey: true,
  timeoutMs: true,
  deadlineMs: true,
  retry: true,
  breaker: true,
  maxResponseBytes: true,
  cache: true,
  headers: true,
  fetch: true,
  logger: true,
  logExchanges: true,
  clock: true,
  random: true,
});
const cache = namesOf<RegistryCacheOptions>({
  models: true,
  usage: true,
  maxEntries: true,
  maxBytes: true,
});
const buffer = namesOf<UsageBufferOptions>({
  maxBatchSize: true,
  flushIntervalMs: true,
  maxReports: true,
  maxBytes: true,
  initialDelayMs: true,
  maxDelayMs: true,
  flushDeadlineMs: true,
  onRefused: true,
  spool: true,
  clock: true,
  random: true,
});
const events = namesOf<UsageBufferEvents>({
  delivered: true,
  failed: true,
  refused: true,
  dropped: true,
  restored: true,
  spoolFailed: true,
});
const track = namesOf<TrackFetchOptions>({
  sessionId: true,
  withoutUsage: true,
  maxBytes: true,
  onUntracked: true,
  monotonic: true,
});
const untracked = namesOf<Record<Untracked['reason'], 0>>({
  'no-usage': true,
  unreadable: true,
  'too-large': true,
  failed: true,
});
const filter = namesOf<SessionFilter>({
  status: true,
  modelId: true,
  tag: true,
  startedBefore: true,
  startedAfter: true,
});
const node = [
  ...namesOf<FileSpoolOptions>({ path: true, sync: true }),
  ...namesOf<FlushOnExitOptions>({ deadlineMs: true, signals: true, onError: true }),
];

it.each([
  ['option', options],
  ['option of the cache', cache],
  ['option of a buffer', buffer],
  ['event of a buffer', events],
  ['option of trackFetch', track],
  ['reason of trackFetch', untracked],
  ['filter', filter],
  ['option of ./node', node],
  ['method', methodsOf(RegistryClient)],
])('the README tells of every %s', async (_what, names) => {
  expect(await untold(new URL('..', import.meta.url), names)).toEqual([]);
});
