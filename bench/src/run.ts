import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Workspace packages are measured from their sources, which needs the condition before anything is imported.
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const args = ['--conditions=@llm-memory-graph/source', main, ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
