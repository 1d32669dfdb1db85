import { parseArgs } from 'node:util';
import { measure } from './harness/measure.ts';
import { writeSection } from './harness/report.ts';
import { suite } from './harness/suites.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, only: { type: 'string' }, dry: { type: 'boolean' } },
});
const [name] = positionals;
if (name === undefined) {
  console.error('usage: pnpm bench <suite> [--rounds 7] [--only <text in the name of a case>] [--dry]');
  process.exit(2);
}

const { title, groups, module } = await suite(name);
const results = await measure(module, groups, { rounds: Number(values.rounds), only: values.only });
const section = writeSection({ suite: name, title, groups, results, rounds: Number(values.rounds) });
console.log(section.text);
if (values.dry !== true && values.only === undefined) await section.save();
