import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Group, Sample } from './suite.ts';
import type { Results } from './measure.ts';

const file = new URL('../../../docs/benchmarks.md', import.meta.url);

export interface Section {
  readonly suite: string;
  readonly title: string;
  readonly groups: readonly Group[];
  readonly results: Results;
  readonly rounds: number;
}

/** The section of a suite as Markdown, and how to put it in its place in `docs/benchmarks.md`. */
export function writeSection(section: Section): { text: string; save(): Promise<void> } {
  const text = `${header(section)}\n${section.groups.map((group) => table(group, section.results)).join('\n')}`;
  return { text, save: () => save(section.suite, text) };
}

function header({ title, rounds, suite }: Section): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return [
    `## ${title}`,
    '',
    `\`pnpm bench ${suite}\` · ${machine} · ${rounds} interleaved rounds, one process per case · median (spread: lowest to highest round)`,
    '',
  ].join('\n');
}

/** What a column shows, by the field of a sample; a column without a value in its group is left out. */
const headings = {
  ns: 'ns',
  bytes: 'bytes',
  timers: 'timers',
  perSecond: 'calls/s',
  cpuUs: 'CPU µs',
  p99Us: 'p99 µs',
  heapMb: 'heap MiB',
  rssMb: 'RSS MiB',
  mbPerSecond: 'MB/s',
  ratio: 'ratio',
  storedMb: 'stored MB',
  loopP99Ms: 'event loop p99 ms',
  loopMaxMs: 'longest ms',
  seconds: 'seconds',
  startMs: 'start ms',
  checkpointSeconds: 'first checkpoint s',
  digestSeconds: 'all digests s',
  integritySeconds: 'integrity_check s',
  checkRssMb: 'RSS MiB of the check',
} as const;
type Field = keyof typeof headings;

function table(group: Group, results: Results): string {
  const samplesOf = (name: string): readonly Sample[] | undefined => results.get(`${group.title}/${name}`);
  const all = group.cases.flatMap((each) => samplesOf(each.name) ?? []);
  const fields = (Object.keys(headings) as Field[]).filter((field) =>
    all.some((sample) => sample[field] !== undefined),
  );
  const floor = group.cases.find((each) => each.floor);
  const floorRate = floor && rate(samplesOf(floor.name));
  const rows = group.cases.flatMap((each) => {
    const samples = samplesOf(each.name);
    if (samples === undefined) return [];
    const name = each.ours ? `**${each.name}**` : each.floor ? `_${each.name}_` : each.name;
    const own = rate(samples);
    const ratio = own !== undefined && floorRate !== undefined ? [(own / floorRate).toFixed(2)] : [];
    return `| ${[name, ...fields.map((field) => column(samples, field)), ...ratio].join(' | ')} |`;
  });
  const heads = ['case', ...fields.map((field) => headings[field]), ...(floorRate === undefined ? [] : ['of floor'])];
  return [
    `### ${group.title}`,
    '',
    `Goal: ${group.goal}`,
    '',
    `| ${heads.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(heads.length - 1)}`,
    ...rows,
    '',
  ].join('\n');
}

function rate(samples: readonly Sample[] | undefined): number | undefined {
  return median((samples ?? []).flatMap((sample) => sample.perSecond ?? []));
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function column(samples: readonly Sample[], field: keyof Sample): string {
  const values = samples.flatMap((sample) => sample[field] ?? []).sort((a, b) => a - b);
  const median = values[values.length >> 1];
  if (median === undefined) return '';
  const [low, high] = [values[0] ?? median, values.at(-1) ?? median];
  return `${number(median)} (${number(low)} - ${number(high)})`;
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

async function save(suite: string, text: string): Promise<void> {
  const [start, end] = [`<!-- bench:${suite} -->`, `<!-- /bench:${suite} -->`];
  const section = `${start}\n\n${text}\n${end}`;
  const old = await readFile(file, 'utf8').catch(() => '# Benchmarks\n');
  const [from, to] = [old.indexOf(start), old.indexOf(end)];
  const next =
    from === -1 || to === -1
      ? `${old.trimEnd()}\n\n${section}\n`
      : old.slice(0, from) + section + old.slice(to + end.length);
  await writeFile(file, next);
}
