import type { Awaitable, Cancellable } from './call.ts';

/** The registry, as far as archiving goes. */
export interface SessionRegistry {
  /**
   * Sets the status `archived`; idempotent. Resolve when the registry does not know the session and that is fine with
   * you; reject to have the session retried. A rejection with `retryable: false` parks it at once.
   */
  markArchived(sessionId: string, options: Cancellable): Awaitable<void>;
}
