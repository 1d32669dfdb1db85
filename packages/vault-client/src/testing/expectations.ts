import { isIntegrationError } from '@llm-memory-graph/http';

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

export function expectEqual(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
}

/** Compares only what `expected` names. */
export function expectFields(actual: object, expected: Readonly<Record<string, unknown>>): void {
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, (actual as typeof expected)[name]]));
  expectEqual(found, expected);
}

export async function expectFailure(
  call: Promise<unknown>,
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  expectFields(error, expected);
}
