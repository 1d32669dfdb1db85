import { isContractViolation, stringifyJson, type Contract } from '@llm-memory-graph/contracts';
import { SerializationError } from './errors.ts';

/**
 * The JSON text of a request body; defaults are filled in.
 *
 * @throws {SerializationError} naming each field that does not fit; nothing was sent
 */
export function bodyOf<Out, In>(contract: Contract<Out, In>, value: In): string {
  try {
    return stringifyJson(contract.encode(contract.parse(value)));
  } catch (error) {
    if (isContractViolation(error)) throw new SerializationError(error.message, { cause: error });
    throw error;
  }
}
