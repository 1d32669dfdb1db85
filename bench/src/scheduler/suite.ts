import type { Suite } from '../harness/suite.ts';
import { fleet } from './fleet.ts';
import { scale } from './scale.ts';

export const suite: Suite = { title: 'scheduler', groups: [scale, fleet] };
