import { hash } from 'node:crypto';

import { type ServiceContext } from '@llm-memory-graph/service';

/** Who asks, as the store and the audit chain know them. */
export interface Caller {
  readonly tenant: string;
  /** Names the API key without telling it: `key:` and the first 12 hex digits of its SHA-256. */
  readonly actor: string;
}

export function callerOf(c: ServiceContext): Caller {
  const secret = c.req.header('authorization')?.replace(/^Bearer +/i, '') ?? '';
  return { tenant: c.get('principal').tenant, actor: `key:${hash('sha256', secret, 'hex').slice(0, 12)}` };
}
