import { isContractViolation, problemDetails, type ProblemDetails } from '@llm-memory-graph/contracts';

/** Error answers are small; more than this is not read. */
export const maxProblemBytes = 64 * 1024;

/** Reads RFC 9457 problem details; `undefined` when the body is something else. */
export function parseProblem(contentType: string | null, body: string): ProblemDetails | undefined {
  if (!contentType || !/^application\/(problem\+)?json\b/i.test(contentType)) return undefined;
  try {
    return problemDetails.decode(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError || isContractViolation(error)) return undefined;
    throw error;
  }
}
