import { ContractViolation } from '@llm-memory-graph/contracts';

/**
 * Refuses text that a database cannot give back as it came: half of a surrogate pair has no UTF-8.
 *
 * @throws {ContractViolation} naming the field by `pointer`
 */
export function checkStorable(contract: string, pointer: string, text: string): void {
  if (!text.isWellFormed())
    throw new ContractViolation(contract, [{ pointer, message: 'must be well-formed Unicode' }]);
}
