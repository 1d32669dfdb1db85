import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Sample } from '../harness/suite.ts';
import { bytesIn } from './bytes-in.ts';
import { scratchFolder, sessionCount, sessionFiles, type SessionFiles } from './session-files.ts';

interface Tool {
  readonly name: string;
  readonly program: string;
  readonly version: string;
  readonly init: (repository: string) => readonly string[];
  readonly backup: (repository: string, folder: string) => readonly string[];
}

const tools: readonly Tool[] = [
  {
    name: 'restic',
    program: 'restic',
    version: 'version',
    init: (repository) => ['init', '--quiet', '--repository-version', '2', '-r', repository],
    backup: (repository, folder) => ['backup', '--quiet', '--no-cache', '-r', repository, folder],
  },
  {
    name: 'borg, zstd 3',
    program: 'borg',
    version: '--version',
    init: (repository) => ['init', '-e', 'repokey-blake2', repository],
    backup: (repository, folder) => [
      'create',
      '--compression',
      'zstd,3',
      '--files-cache',
      'disabled',
      `${repository}::a`,
      folder,
    ],
  },
];

const passwords = { RESTIC_PASSWORD: 'bench', BORG_PASSPHRASE: 'bench' };

function run(program: string, args: readonly string[], home: string): void {
  const { status, stderr } = spawnSync(program, args, {
    env: { ...process.env, ...passwords, BORG_BASE_DIR: home },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}

/** The backup tools that are installed, each making a new repository of the same files; encrypted, as they come. */
export const backupTools: readonly Case[] = tools.flatMap((tool) => {
  if (spawnSync(tool.program, [tool.version]).status !== 0) {
    // Only the parent process has no argument that says what to measure.
    if (process.argv[5] === undefined) console.error(`${tool.program} is not installed: left out`);
    return [];
  }
  return [{ name: tool.name, setup: () => ({ kind: 'sample', sample: sampler(tool) }) }];
});

function sampler({ program, init, backup }: Tool): () => Sample {
  let prepared: { files: SessionFiles; scratch: string } | undefined;
  return () => {
    if (process.argv[5] === 'memory') return {};
    const { files, scratch } = (prepared ??= { files: sessionFiles(), scratch: scratchFolder() });
    const repository = join(scratch, 'repository');
    run(program, init(repository), scratch);
    const start = performance.now();
    run(program, backup(repository, files.folder), scratch);
    const seconds = (performance.now() - start) / 1_000;
    const storedMb = bytesIn(repository) / 1e6;
    rmSync(repository, { recursive: true });
    return { perSecond: sessionCount / seconds, storedMb };
  };
}
