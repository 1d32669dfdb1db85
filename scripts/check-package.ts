// Checks the package in the current folder as its users will get it: packed by pnpm, then publint and attw over the tarball.
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'check-package-'));
// pnpm tells scripts how it was called; `pnpm` itself need not be on the PATH.
const pnpm = process.env['npm_execpath'];
const pack = ['pack', '--pack-destination', folder];
const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'inherit'] };
try {
  if (pnpm?.endsWith('js')) execFileSync(process.execPath, [pnpm, ...pack], quiet);
  else execFileSync(pnpm ?? 'pnpm', pack, quiet);
  const [tarball] = readdirSync(folder);
  if (tarball === undefined) throw new Error('pnpm pack wrote no tarball');
  const path = join(folder, tarball);
  execFileSync('publint', ['run', path, '--strict'], { stdio: 'inherit' });
  execFileSync('attw', [path, '--profile', 'node16', '--no-emoji', '--format', 'ascii', '--quiet'], {
    stdio: 'inherit',
  });
} catch (error) {
  // A check that found something has said so itself.
  if (typeof (error as { status?: unknown }).status !== 'number') console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
