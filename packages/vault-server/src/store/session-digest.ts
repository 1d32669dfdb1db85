import { hash } from 'node:crypto';

/**
 * What a tombstone keeps of a session's id: who asks for that session finds what was held of it once, who reads the
 * store learns no id. An id that can be guessed can be confirmed.
 */
export function sessionDigest(tenant: string, sessionId: string): string {
  return hash('sha256', JSON.stringify(['llm-memory-graph/vault-session/v1', tenant, sessionId]), 'hex');
}
