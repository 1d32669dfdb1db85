import type { Group, Suite } from '../harness/suite.ts';
import { contentBytes } from './content.ts';
import { down, sealAlone, up } from './over-http.ts';

const streams: Group = {
  title: `one archive of ${(contentBytes / 1024 ** 3).toLocaleString('en-US')} GiB, client and durable vault in two processes`,
  goal: 'RSS <= 200 MiB in both processes; >= 0.7 of sealing alone on one core',
  cases: [sealAlone, up, down],
};

export const suite: Suite = { title: 'streams', groups: [streams] };
