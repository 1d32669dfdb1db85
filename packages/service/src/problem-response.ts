import { isContractViolation, problemMediaType, stringifyJson } from '@llm-memory-graph/contracts';
import type { ServiceContext } from './env.ts';
import type { Logger } from './logger.ts';
import { isProblemError, problem, type ProblemError } from './problem-error.ts';

/** `not-found` -> `Not found`. */
function titleOf(type: string): string {
  const words = type.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The error as a problem; what is not one already is a 400 if it came of reading the request, else a bare 500. */
function asProblem(error: unknown, requestId: string, logger: Logger): ProblemError {
  if (isProblemError(error)) return error;
  if (isContractViolation(error)) {
    return problem(400, 'validation', `the body is not a valid ${error.contract}`, { errors: error.violations });
  }
  logger.error({ request_id: requestId, err: error }, 'request failed');
  return problem(500, 'internal', 'the request failed; the log knows more under this request id');
}

/** Answers any error as `application/problem+json` (RFC 9457). */
export function problemResponse(c: ServiceContext, error: unknown, logger: Logger): Response {
  const requestId = c.get('requestId');
  const { status, type, message, errors, extensions, headers } = asProblem(error, requestId, logger);
  const body = stringifyJson({
    type: `/problems/${type}`,
    title: titleOf(type),
    status,
    detail: message,
    instance: c.req.path,
    request_id: requestId,
    errors,
    ...extensions,
  });
  return new Response(body, {
    status,
    headers: {
      'content-type': problemMediaType,
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      ...headers,
    },
  });
}
