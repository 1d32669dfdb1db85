const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/**
 * Whether an HTTP request may be sent again after a failure that leaves open whether it was processed: its method is
 * idempotent (RFC 9110, section 9.2.2) or it carries an `Idempotency-Key`. Pass it as `idempotent` of the call.
 *
 * @param method in any case.
 * @param headers anything with a `has` that ignores case, such as `Headers`.
 */
export function isIdempotentRequest(method: string, headers?: { has(name: string): boolean }): boolean {
  return idempotentMethods.has(method.toUpperCase()) || (headers?.has('idempotency-key') ?? false);
}

/** Whether a request body can be sent a second time: streams and iterators cannot. */
export function isReplayableBody(body: unknown): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true;
  return (
    body instanceof URLSearchParams ||
    (typeof Blob !== 'undefined' && body instanceof Blob) ||
    (typeof FormData !== 'undefined' && body instanceof FormData)
  );
}
