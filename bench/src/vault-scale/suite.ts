import type { Group, Suite } from '../harness/suite.ts';
import { filledStore } from './filled-store.ts';

/** How many archives each case has; `BENCH_ARCHIVES` changes it. */
const counts = (process.env['BENCH_ARCHIVES'] ?? '10000,100000,1000000').split(',').map(Number);

const small: Group = {
  title:
    'small archives, 300 bytes of content each, in one SQLite store: filled, then opened and checked by a fresh process',
  goal: 'RSS <= 300 MB, cost per archive at 1,000,000 <= 1.2x that at 10,000',
  cases: counts.map(filledStore),
};

export const suite: Suite = { title: 'the vault’s store, larger and larger', groups: [small] };
