import type { Suite } from '../harness/suite.ts';
import { clients } from './clients.ts';

export const suite: Suite = { title: 'bundles', groups: [clients] };
