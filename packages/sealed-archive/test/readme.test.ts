import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

it('the code of the README runs, and gives back what was sealed', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
  const missing = ['inspect', 'rewrap'].join(', ');
  const code = `import { ${missing} } from '@llm-memory-graph/sealed-archive';\n${blocks.join('\n')}
console.log(new TextDecoder().decode(opened) === new TextDecoder().decode(content), done.keyIds.join());`;
  const folder = await mkdtemp(join(tmpdir(), 'sealed-archive-'));
  try {
    const path = join(folder, 'readme.ts');
    const entry = new URL('../src/index.ts', import.meta.url).href;
    await writeFile(path, code.replaceAll('@llm-memory-graph/sealed-archive', entry));
    const { stdout } = await promisify(execFile)(process.execPath, [path]);
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64} \d+\ntrue 2026-02\n$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
