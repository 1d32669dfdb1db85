/** A decimal number that is not negative: `digits` / 10^`scale`. Sums and products of it are exact. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

// 15 digits on either side, so that a made-up exponent cannot make a number of a million digits.
const plain = /^(\d{1,15})(?:\.(\d{1,15}))?$/;
const scientific = /^(\d)(?:\.(\d{1,15}))?e-(\d{1,2})$/;

/**
 * Reads a decimal from text (`"0.15"`), or from a JSON number, whose shortest text is the decimal that was written as
 * long as that had at most 15 digits. Undefined for everything else.
 */
export function decimalOf(value: unknown): Decimal | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = plain.exec(text) ?? scientific.exec(text) ?? [];
  if (whole === '') return undefined;
  return { digits: BigInt(whole + fraction), scale: fraction.length + Number(exponent) };
}

/** `count` times `price`, where the price is for a million. */
export function millionths(count: bigint, price: Decimal): Decimal {
  return { digits: count * price.digits, scale: price.scale + 6 };
}

export function sum(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const digits = [a, b].map((each) => each.digits * 10n ** BigInt(scale - each.scale));
  return { digits: (digits[0] ?? 0n) + (digits[1] ?? 0n), scale };
}

/** Without an exponent and without zeros at the end. */
export function decimalText({ digits, scale }: Decimal): string {
  const text = digits.toString().padStart(scale + 1, '0');
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const whole = text.slice(0, text.length - scale);
  return scale === 0 || fraction === '' ? whole || text : `${whole}.${fraction}`;
}
