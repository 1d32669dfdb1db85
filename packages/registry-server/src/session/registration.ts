import { createHash } from 'node:crypto';
import { rawMembers, sessionRegistration, stringifyJson } from '@llm-memory-graph/contracts';
import { withInstant, type Clock, type JsonBody } from '@llm-memory-graph/service';
import { checkInstant, checkText } from '../storable.ts';
import type { NewSession } from '../store/session-record.ts';

// What every reader of RFC 3339 takes, seconds included; it is given back digit for digit.
const precise = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** JSON with the keys of every object in order, so that two equal values have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, canonical(item)]));
}

/**
 * Reads a registration. Its fingerprint covers what the client said, not what was filled in for it.
 *
 * @param clock tells when the session started, if the client does not
 * @throws {ContractViolation}
 */
export function readRegistration({ text, value }: JsonBody, clock: Clock): NewSession {
  const { sessionId, modelId, modelVersion, startedAt, tags } = sessionRegistration.decode(
    withInstant(value, 'started_at', clock),
  );
  checkText('SessionRegistration', '/model_id', modelId);
  checkText('SessionRegistration', '/model_version', modelVersion);
  checkInstant('SessionRegistration', '/started_at', startedAt);
  const given = value as { started_at?: string; metadata?: object };
  const content = [modelId, modelVersion, given.started_at ?? null, canonical(given.metadata ?? {}), tags];
  return {
    sessionId,
    modelId,
    modelVersion,
    startedAt:
      given.started_at !== undefined && precise.test(given.started_at) ? given.started_at : startedAt.toISOString(),
    startedMs: startedAt.getTime(),
    metadata: rawMembers(text).get('metadata') ?? '{}',
    tags,
    fingerprint: createHash('sha256').update(stringifyJson(content)).digest('base64url'),
  };
}
