import { isContractViolation } from '@llm-memory-graph/contracts';
import { MemoryGraphError } from './memory-graph-error.ts';

/** Runs a check of the contracts; what it refuses becomes `invalid`. */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (isContractViolation(error)) throw new MemoryGraphError('invalid', error.message, { cause: error });
    throw error;
  }
}
