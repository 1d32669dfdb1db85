interface SourceContext {
  readonly source?: string;
}

const integer = /^-?\d+$/;

/**
 * `JSON.parse` that keeps every digit of integers: above 2^53 - 1 they come back as `bigint`. A key named `__proto__`
 * is an ordinary key.
 *
 * @throws {SyntaxError} when `text` is not JSON
 */
export function parseJson(text: string): unknown {
  // Sixteen digits in a row are needed for an unsafe integer; without them the plain parser is exact and much faster.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const reviver = (_key: string, value: unknown, context?: SourceContext): unknown =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined &&
    integer.test(context.source)
      ? BigInt(context.source)
      : value;
  return JSON.parse(text, reviver);
}

interface RawJson {
  rawJSON(text: string): unknown;
}

/** `JSON.stringify` that writes `bigint` as an integer, every digit kept. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? (JSON as unknown as RawJson).rawJSON(item.toString()) : item,
  );
}
