import type { Suite } from '../harness/suite.ts';
import { scale } from './scale.ts';

export const suite: Suite = { title: 'scheduler', groups: [scale] };
