/** What a port may return: adapters over synchronous stores need no promises. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Every call of a port can be cancelled; one that never waits may ignore the signal. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}
