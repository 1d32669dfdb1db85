interface Cancellable {
  readonly locked?: boolean;
  cancel(): Promise<void>;
}

/** Cancels the body of a response nobody will read, which would otherwise hold its connection. */
export function discardBody(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const { body } = value as { readonly body?: Partial<Cancellable> | null };
  if (typeof body !== 'object' || body === null || typeof body.cancel !== 'function' || body.locked === true) return;
  (body as Cancellable).cancel().catch(() => undefined);
}
