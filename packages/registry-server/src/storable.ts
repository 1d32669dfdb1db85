import { ContractViolation } from '@llm-memory-graph/contracts';

/**
 * Refuses text that databases do not give back as it came: half of a surrogate pair has no UTF-8, and a NUL ends text
 * for some of them.
 *
 * @throws {ContractViolation} naming the field by `pointer`
 */
export function checkText(contract: string, pointer: string, text: string): void {
  if (!text.isWellFormed() || text.includes('\0'))
    throw new ContractViolation(contract, [{ pointer, message: 'must be well-formed Unicode without NUL' }]);
}

const firstYear = Date.parse('0000-01-01T00:00:00Z');
const lastYear = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether RFC 3339 can write an instant (ms since the epoch) in UTC: in the years 0 to 9999. */
export function isWritable(at: number): boolean {
  return at >= firstYear && at <= lastYear;
}

/**
 * Refuses an instant that its zone carries out of the years 0 to 9999: RFC 3339 cannot write it in UTC.
 *
 * @throws {ContractViolation} naming the field by `pointer`
 */
export function checkInstant(contract: string, pointer: string, instant: Date): void {
  if (!isWritable(instant.getTime()))
    throw new ContractViolation(contract, [{ pointer, message: 'must be in the years 0 to 9999 in UTC' }]);
}
