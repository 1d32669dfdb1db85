/** What a `UsageBuffer` tells about itself. No event holds the content of a report. */
export type UsageBufferEvents = {
  /** A batch was delivered. `duplicates` of its reports had been counted before. */
  delivered: { readonly reports: number; readonly duplicates: number };
  /** A batch could not be delivered; it is sent again after `retryInMs`. */
  failed: { readonly error: unknown; readonly reports: number; readonly retryInMs: number };
  /** The service will never take this report, for example because its session is unknown. */
  refused: { readonly reportId: string | undefined; readonly sessionId: string; readonly reason: string };
  /** Reports were given up: the buffer was full or closed when they came, or closed before they were delivered. */
  dropped: { readonly count: number; readonly reason: 'full' | 'closed' };
  /** Reports of an earlier process were taken up. `unreadable` lines of the spool were passed over. */
  restored: { readonly reports: number; readonly unreadable: number };
  /** The spool could not be written. The reports are in memory and are delivered all the same. */
  spoolFailed: { readonly error: unknown };
};
