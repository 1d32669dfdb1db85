/**
 * Builds an error without a stack trace. A rejection says that nothing was run, so the trace would only show who
 * asked, and capturing it costs several times as much as the rest of the call.
 */
export function withoutStack<E extends Error>(create: () => E): E {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
    return create();
  } catch {
    // Frozen built-ins: the error gets its trace.
    return create();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}
