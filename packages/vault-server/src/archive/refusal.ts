import { isContractViolation } from '@llm-memory-graph/contracts';
import { isProblemError } from '@llm-memory-graph/service';

/** Why an archive was not taken, when that is the sender's to mend. */
export interface Refusal {
  /** Type of the problem, for example `validation`. */
  readonly type: string;
  readonly message: string;
}

/** `undefined` for what is not the sender's fault. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (isContractViolation(error)) return { type: 'validation', message: error.message };
  return isProblemError(error) && error.status < 500 ? { type: error.type, message: error.message } : undefined;
}
