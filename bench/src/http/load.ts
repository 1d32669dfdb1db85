import { fork } from 'node:child_process';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Sample } from '../harness/suite.ts';

const concurrency = 10;
const warmUpMs = 1_500;
const roundMs = 600;

/** A service in its own process, so that its work is not counted as the client's. */
async function startService(): Promise<string> {
  const service = fork(new URL('service-process.ts', import.meta.url), { execArgv: [] });
  const port = await nextMessage<number>(service);
  process.on('disconnect', () => service.disconnect());
  return `http://127.0.0.1:${port}`;
}

/** Ten callers, each with one call under way, for about `ms`. */
async function run(call: () => Promise<unknown>, ms: number): Promise<Required<Pick<Sample, 'perSecond' | 'cpuUs'>>> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (calls * 1_000) / (performance.now() - start), cpuUs: (user + system) / calls };
}

/** A case that reads a session from a service, ten at once. `connect` gets the address and makes one call of it. */
export function loaded(
  { name, ...kind }: Pick<Case, 'name' | 'ours' | 'floor'>,
  connect: (baseUrl: string) => (() => Promise<unknown>) | Promise<() => Promise<unknown>>,
): Case {
  return {
    name,
    ...kind,
    setup: () => {
      let ready: Promise<() => Promise<unknown>> | undefined;
      const prepare = async (): Promise<() => Promise<unknown>> => {
        const call = await connect(await startService());
        await run(call, warmUpMs);
        return call;
      };
      return {
        kind: 'sample',
        // The process that counts bytes has nothing to count here: a loaded event loop collects as it goes.
        sample: async () => (process.argv[5] === 'memory' ? {} : run(await (ready ??= prepare()), roundMs)),
      };
    },
  };
}
