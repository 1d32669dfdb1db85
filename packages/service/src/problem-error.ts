import type { FieldViolation } from '@llm-memory-graph/contracts';

/** What else a problem says. */
export interface ProblemMembers {
  /** Fields of the request body that are wrong. */
  readonly errors?: readonly FieldViolation[];
  /** Extension members (RFC 9457, section 3.2), snake_case. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Headers of the answer, for example `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

const brand = Symbol.for('@llm-memory-graph/service/ProblemError');

/** Thrown by a handler; answered as `application/problem+json`. The detail must hold no key and no content. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Last segment of the problem's `type`: `not-found` stands for `/problems/not-found`. */
  readonly type: string;
  readonly errors: readonly FieldViolation[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, type: string, detail: string, members: ProblemMembers = {}) {
    super(detail, members.cause === undefined ? undefined : { cause: members.cause });
    this.status = status;
    this.type = type;
    this.errors = members.errors;
    this.extensions = members.extensions ?? {};
    this.headers = members.headers ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * A problem to throw.
 *
 * @example
 * throw problem(404, 'not-found', `session "${id}" is not registered`);
 */
export function problem(status: number, type: string, detail: string, members?: ProblemMembers): ProblemError {
  return new ProblemError(status, type, detail, members);
}

/** True for a `ProblemError` of any copy of this package. */
export function isProblemError(value: unknown): value is ProblemError {
  return typeof value === 'object' && value !== null && brand in value;
}
