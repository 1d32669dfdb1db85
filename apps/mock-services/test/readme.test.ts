import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('shows the example that the tests run', () => {
  const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('example.test.ts')}\`\`\``);
});
