import { SerializationError, type ErrorDetails } from '@llm-memory-graph/http';

const brand = Symbol.for('@llm-memory-graph/vault-client/IntegrityError');

/** The vault holds, or gave back, something else than what was archived. Never retried. */
export class IntegrityError extends SerializationError {
  /** The archive in question. */
  readonly archiveId: string;

  constructor(archiveId: string, message: string, details?: ErrorDetails) {
    super(`archive ${archiveId}: ${message}`, details);
    this.archiveId = archiveId;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for an `IntegrityError` of any copy of this package. */
export function isIntegrityError(value: unknown): value is IntegrityError {
  return typeof value === 'object' && value !== null && brand in value;
}
