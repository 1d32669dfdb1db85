import type { Suite } from '../harness/suite.ts';
import { failurePath } from './failure-path.ts';
import { keyedBreakers } from './keyed-breakers.ts';
import { openPath } from './open-path.ts';
import { successPath } from './success-path.ts';
import { timeoutAndSignal } from './timeout-and-signal.ts';

export const suite: Suite = {
  title: 'resilience',
  groups: [successPath, timeoutAndSignal, openPath, failurePath, keyedBreakers],
};
