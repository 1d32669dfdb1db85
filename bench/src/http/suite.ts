import type { Suite } from '../harness/suite.ts';
import { readSession } from './read-session.ts';

export const suite: Suite = { title: 'http and the clients', groups: [readSession] };
