import { setImmediate } from 'node:timers/promises';
import type { Sample, Subject, Suite } from './suite.ts';

const [, , module = '', group = '', index = '', what = ''] = process.argv;
const { suite } = (await import(module)) as { suite: Suite };
const subject = await suite.groups[Number(group)]?.cases[Number(index)]?.setup();
if (subject === undefined) throw new Error(`no case ${group}/${index} in ${module}`);

const roundMs = 250;
const callsForBytes = 5_000;
let calls = 0;

/** Sequential calls, with a turn of the event loop now and then as every real program has: some peers clean up there. */
async function run(call: () => unknown, rejects: boolean, times: number): Promise<void> {
  for (let done = 0; done < times; done += 500) {
    if (rejects) await rejected(call);
    else for (let i = 0; i < 500; i += 1) await call();
    await setImmediate();
  }
}

async function rejected(call: () => unknown): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    try {
      await call();
    } catch {
      continue;
    }
  }
}

async function timed(call: () => unknown, rejects: boolean, times: number): Promise<number> {
  const start = process.hrtime.bigint();
  await run(call, rejects, times);
  return Number(process.hrtime.bigint() - start) / times;
}

async function sampleCalls({ call, rejects = false }: Extract<Subject, { kind: 'call' }>): Promise<Sample> {
  if (calls === 0) {
    await run(call, rejects, 20_000);
    calls = Math.ceil((roundMs * 1e6) / (await timed(call, rejects, 10_000)) / 500) * 500;
  }
  globalThis.gc?.();
  if (what === 'time') return { ns: await timed(call, rejects, calls) };
  const before = process.memoryUsage().heapUsed;
  await run(call, rejects, callsForBytes);
  return { bytes: (process.memoryUsage().heapUsed - before) / callsForBytes };
}

process.on('message', () => {
  void (subject.kind === 'call' ? sampleCalls(subject) : Promise.resolve(subject.sample())).then((sample) =>
    process.send?.(sample),
  );
});
