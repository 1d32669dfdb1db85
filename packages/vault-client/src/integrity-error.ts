import { SerializationError, type ErrorDetails } from '@llm-memory-graph/http';

/** The vault holds, or gave back, something else than what was archived. Never retried. */
export class IntegrityError extends SerializationError {
  /** The archive in question. */
  readonly archiveId: string;

  constructor(archiveId: string, message: string, details?: ErrorDetails) {
    super(`archive ${archiveId}: ${message}`, details);
    this.archiveId = archiveId;
  }
}
