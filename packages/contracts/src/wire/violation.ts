import type * as z from 'zod/mini';

/** One field that does not fit its contract. */
export interface FieldViolation {
  /** JSON Pointer (RFC 6901) of the field, `''` for the whole value. */
  readonly pointer: string;
  /** What is wrong with it; never the value itself. */
  readonly message: string;
}

const brand = Symbol.for('@llm-memory-graph/contracts/ContractViolation');

/** A value does not fit its contract. The message names each field and its problem, never the value. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
  readonly code = 'contract_violation';
  /** Name of the contract, for example `SessionInfo`. */
  readonly contract: string;
  /** At most 20 fields, in document order. */
  readonly violations: readonly FieldViolation[];

  constructor(contract: string, violations: readonly FieldViolation[]) {
    const shown = violations.slice(0, 20);
    super(`${contract}: ${shown.map((v) => (v.pointer ? `${v.pointer}: ${v.message}` : v.message)).join('; ')}`);
    this.contract = contract;
    this.violations = shown;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for a `ContractViolation` of any copy of this package. */
export function isContractViolation(value: unknown): value is ContractViolation {
  return typeof value === 'object' && value !== null && brand in value;
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function violationsOf(issues: readonly z.core.$ZodIssue[]): FieldViolation[] {
  return issues.flatMap((issue): FieldViolation[] => {
    const pointer = pointerOf(issue.path);
    if (issue.code === 'invalid_union') {
      const closest = issue.errors.find((branch) => branch.some((inner) => inner.code !== 'invalid_type'));
      const inner = closest?.[0];
      if (inner) return [{ pointer, message: inner.message }];
    }
    return [{ pointer, message: issue.message }];
  });
}
