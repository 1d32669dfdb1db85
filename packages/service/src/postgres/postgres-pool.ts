/** What is used of a connection of `pg`. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** @param destroy whether the connection is not to be used again */
  release(destroy?: boolean): void;
}

/** What is used of a `Pool` of `pg`; whoever made it ends it. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
  connect(): Promise<PostgresClient>;
}
