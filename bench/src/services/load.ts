import { fork, type ChildProcess } from 'node:child_process';
import { Pool } from 'undici';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Sample } from '../harness/suite.ts';

const inFlight = 32;
const warmUpMs = 3_000;
const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };

/** Registers sessions and reports usage of them, one after the other, as each of 32 callers. */
class Load {
  readonly #pool: Pool;
  #sessions = 0;

  constructor(port: number) {
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: inFlight });
  }

  async run(ms: number): Promise<Required<Pick<Sample, 'perSecond' | 'p99Us'>>> {
    const latencies: number[] = [];
    const start = performance.now();
    const post = async (path: string, body: string): Promise<void> => {
      const sent = performance.now();
      const answer = await this.#pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}`);
      latencies.push(performance.now() - sent);
    };
    const caller = async (): Promise<void> => {
      while (performance.now() - start < ms) {
        const id = `0198f6a2-7c1e-7b42-9d11-${(this.#sessions++).toString(16).padStart(12, '0')}`;
        await post('/api/v1/sessions', registration(id));
        await post('/api/v1/usage', report(id));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    const seconds = (performance.now() - start) / 1_000;
    latencies.sort((a, b) => a - b);
    return {
      perSecond: latencies.length / seconds,
      p99Us: (latencies[Math.floor(latencies.length * 0.99)] ?? 0) * 1_000,
    };
  }
}

const registration = (id: string): string =>
  `{"session_id":"${id}","model_id":"gpt-4o","model_version":"2024-08-06","started_at":"2026-01-01T00:00:00.123456789Z","metadata":{"owner":"team-search","purpose":"nightly run"},"tags":["nightly"]}`;
const report = (id: string): string =>
  `{"session_id":"${id}","model_id":"gpt-4o","prompt_tokens":812,"completion_tokens":344,"total_tokens":1156,"latency_ms":1204,"timestamp":"2026-01-01T00:00:01.123456789Z","metadata":{}}`;

export type RegistryKind = 'bare' | 'memory' | 'sqlite';

async function start(kind: RegistryKind): Promise<{ service: ChildProcess; load: Load }> {
  const url = new URL('registry-process.ts', import.meta.url);
  const execArgv = ['--expose-gc', '--conditions=@llm-memory-graph/source'];
  const service = fork(url, [kind], { execArgv });
  const port = await nextMessage<number>(service);
  process.on('disconnect', () => service.disconnect());
  const load = new Load(port);
  await load.run(warmUpMs);
  return { service, load };
}

async function memoryOf(service: ChildProcess): Promise<Pick<Sample, 'heapMb' | 'rssMb'>> {
  service.send('memory');
  return nextMessage(service);
}

/** A case under load for `roundMs` a round; with `memory` it tells what the service holds after each, garbage collected. */
export function loaded(
  { name, ...kind }: Pick<Case, 'name' | 'ours' | 'floor'>,
  registry: RegistryKind,
  { roundMs, memory = false }: { readonly roundMs: number; readonly memory?: boolean },
): Case {
  return {
    name,
    ...kind,
    setup: () => {
      let started: ReturnType<typeof start> | undefined;
      return {
        kind: 'sample',
        sample: async () => {
          // The process that counts bytes has nothing to count here.
          if (process.argv[5] === 'memory') return {};
          const { service, load } = await (started ??= start(registry));
          return { ...(await load.run(roundMs)), ...(memory ? await memoryOf(service) : {}) };
        },
      };
    },
  };
}
