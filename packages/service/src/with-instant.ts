import type { Clock } from './clock.ts';

/**
 * A JSON body whose time is that of the service where the client told none: a contract can only fill in that of the
 * process, which a service that runs on another clock must not mix in. What is no object is left to the contract.
 *
 * @param field name on the wire
 */
export function withInstant(value: unknown, field: string, clock: Clock): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.hasOwn(value, field)) return value;
  return { ...value, [field]: new Date(clock.now()).toISOString() };
}
