import { problem, type ProblemError } from '@llm-memory-graph/service';

/** 404 of a session; it names the id, because a usage report that is refused must be traceable. */
export function sessionNotRegistered(sessionId: string): ProblemError {
  return problem(404, 'unknown-session', `session "${sessionId}" is not registered`, {
    extensions: { session_id: sessionId },
  });
}
