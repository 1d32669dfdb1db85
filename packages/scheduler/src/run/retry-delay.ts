/** Milliseconds before the next attempt: exponential with equal jitter, U[d/2, d). */
export function retryDelay(
  attempts: number,
  settings: { readonly retryDelayMs: number; readonly maxRetryDelayMs: number },
  random: () => number,
): number {
  const exponential = Math.min(settings.maxRetryDelayMs, settings.retryDelayMs * 2 ** Math.min(attempts - 1, 32));
  return exponential / 2 + (random() * exponential) / 2;
}
