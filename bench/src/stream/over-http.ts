import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Sample } from '../harness/suite.ts';
import { scratchFolder } from '../vault/session-files.ts';
import { startBuilt } from './built.ts';

/** Every round is measured once, beside nothing that counts memory. */
function measured(name: string, kind: Pick<Case, 'ours' | 'floor'>, sample: () => Promise<Sample>): Case {
  const isMemory = process.argv[5] === 'memory';
  return { name, ...kind, setup: () => ({ kind: 'sample', sample: async () => (isMemory ? {} : sample()) }) };
}

interface Peak {
  readonly mbPerSecond: number;
  readonly rssMb: number;
}

let scratch: string | undefined;

async function client(args: readonly string[]): Promise<Peak> {
  scratch ??= scratchFolder();
  return nextMessage(await startBuilt(new URL('client-process.ts', import.meta.url), args, scratch));
}

/** A client in one process and a durable vault in another. Memory is the larger peak of the two. */
async function overHttp(what: 'up' | 'down'): Promise<Sample> {
  const folder = join((scratch ??= scratchFolder()), 'store');
  mkdirSync(folder);
  const server = await startBuilt(new URL('../vault/vault-process.ts', import.meta.url), [folder], scratch);
  const port = await nextMessage<number>(server);
  if (what === 'down') await client(['up', String(port)]);
  const { mbPerSecond, rssMb } = await client([what, String(port)]);
  server.send('close');
  const { peakRssMb } = await nextMessage<{ peakRssMb: number }>(server);
  server.disconnect();
  rmSync(folder, { recursive: true });
  return { mbPerSecond, rssMb: Math.max(peakRssMb, rssMb) };
}

/** Sealing alone, in one thread, to nowhere. */
export const sealAlone = measured('seal alone, one core', { floor: true }, () => client(['seal']));

/** Sealed, sent and durable. */
export const up = measured('archiveStream over HTTP', { ours: true }, () => overHttp('up'));

/** Read in ranges, opened and checked. */
export const down = measured('retrieveStream over HTTP', { ours: true }, () => overHttp('down'));
