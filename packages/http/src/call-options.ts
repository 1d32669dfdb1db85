import { checkOptions, deadline, milliseconds, optionsOf } from './option-check.ts';
import { headersSchema, headerValue } from './options-schema.ts';
import type { CallOptions } from './request.ts';

const schema = optionsOf({
  timeoutMs: milliseconds,
  deadlineMs: deadline,
  idempotencyKey: headerValue,
  headers: headersSchema,
});

/**
 * Checks the options of one call before anything is sent: a transport that refuses a header would look like a lost
 * connection.
 *
 * @throws {InvalidConfigError} naming the option; values of headers are not shown
 */
export function checkCallOptions({ timeoutMs, deadlineMs, idempotencyKey, headers }: CallOptions): void {
  // Most calls have none of them, and the schema costs more than all else that is done before a request is sent.
  if ((timeoutMs ?? deadlineMs ?? idempotencyKey ?? headers) === undefined) return;
  checkOptions(schema, { timeoutMs, deadlineMs, idempotencyKey, headers }, ['idempotencyKey', 'headers']);
}
