import { type ChildProcess, fork } from 'node:child_process';
import { nextMessage } from './next-message.ts';
import type { Group, Sample } from './suite.ts';

/** The samples of every case, by `group/case`. */
export type Results = ReadonlyMap<string, readonly Sample[]>;

export interface MeasureOptions {
  readonly rounds: number;
  readonly only: string | undefined;
}

/**
 * One process per case, so that no case profits or suffers from what another did to the compiler; rounds
 * interleaved, so that a slow minute of the machine hits all of them.
 */
export async function measure(
  module: string,
  groups: readonly Group[],
  { rounds, only }: MeasureOptions,
): Promise<Results> {
  const results = new Map<string, Sample[]>();
  for (const [groupIndex, group] of groups.entries()) {
    const indexes = group.cases.flatMap((each, index) =>
      only === undefined || each.name.includes(only) ? [index] : [],
    );
    const children = indexes.map((index) => ({
      index,
      time: start(module, groupIndex, index, 'time', []),
      memory: start(module, groupIndex, index, 'memory', roomy),
    }));
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < children.length; turn += 1) {
        const next = children[(turn + round) % children.length];
        if (next === undefined) continue;
        const name = `${group.title}/${group.cases[next.index]?.name}`;
        const both = { ...(await sample(next.time)), ...(await sample(next.memory)) };
        results.set(name, [...(results.get(name) ?? []), both]);
      }
    }
    for (const { time, memory } of children) {
      time.disconnect();
      memory.disconnect();
    }
  }
  return results;
}

/** A young generation that holds a whole round, so that the bytes of a round can be counted. */
const roomy = ['--max-semi-space-size=128', '--min-semi-space-size=128'];

function start(module: string, group: number, index: number, what: 'time' | 'memory', flags: string[]): ChildProcess {
  return fork(new URL('case-process.ts', import.meta.url), [module, String(group), String(index), what], {
    execArgv: ['--expose-gc', '--conditions=@llm-memory-graph/source', ...flags],
  });
}

async function sample(child: ChildProcess): Promise<Sample> {
  child.send('round');
  return nextMessage(child);
}
