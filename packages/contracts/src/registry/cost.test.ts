import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf } from './cost.ts';
import { decimalOf, decimalText } from './decimal.ts';

const priced = (prompt: unknown, completion: unknown, currency: unknown = 'USD') => ({
  pricing: { currency, prompt_per_million: prompt, completion_per_million: completion },
});
const used = (promptTokens: bigint, completionTokens: bigint) => ({ promptTokens, completionTokens });

describe('the cost of usage', () => {
  it.each([
    ['0.15', '0.6', 1n, 1n, ['0.00000015', '0.0000006', '0.00000075']],
    [0.15, 0.6, 1_000_000n, 1_000_000n, ['0.15', '0.6', '0.75']],
    ['2.50', '10', 400_000n, 100_000n, ['1', '1', '2']],
    [0.1, 0.2, 1_000_000n, 1_000_000n, ['0.1', '0.2', '0.3']],
    [1e-7, 0, 3n, 3n, ['0.0000000000003', '0', '0.0000000000003']],
    ['3', '15', 2n ** 63n - 1n, 0n, ['27670116110564.327421', '0', '27670116110564.327421']],
  ])('of %j and %j per million tokens is exact', (prompt, completion, promptTokens, completionTokens, expected) => {
    const cost = costOf(priced(prompt, completion), used(promptTokens, completionTokens));
    expect([cost?.currency, cost?.prompt, cost?.completion, cost?.total]).toEqual(['USD', ...expected]);
  });

  it.each([
    [{}],
    [{ pricing: null }],
    [{ pricing: [1] }],
    [priced('1', undefined)],
    [priced('-1', '1')],
    [priced('1', '1', 'dollars')],
    [priced('1', '1', null)],
    [priced(Number.NaN, 1)],
    [priced(1e21, 1)],
    [priced(9007199254740993n, 1)],
    [priced('1e999999999', '1')],
    [priced('0'.repeat(40), '1')],
    [priced('', '1')],
  ])('is not made up from %o', (metadata) => {
    expect(costOf(metadata, used(1n, 1n))).toBeNull();
  });

  it('adds up the same whether usage is summed before or after', () => {
    const price = fc.tuple(fc.nat(999_999), fc.nat(999_999)).map(([whole, part]) => `${whole}.${part}`);
    const tokens = fc.array(fc.bigInt({ min: 0n, max: 10n ** 8n }), { minLength: 1, maxLength: 5 });
    const scaled = (text: string): bigint => {
      const { digits, scale } = decimalOf(text) ?? { digits: -1n, scale: 0 };
      return digits * 10n ** BigInt(15 - scale);
    };
    fc.assert(
      fc.property(price, tokens, (perMillion, counts) => {
        const costs = counts.map((count) => costOf(priced(perMillion, '0'), used(count, 0n))?.total ?? '');
        const whole =
          costOf(
            priced(perMillion, '0'),
            used(
              counts.reduce((a, b) => a + b),
              0n,
            ),
          )?.total ?? '';
        expect(costs.reduce((all, cost) => all + scaled(cost), 0n)).toBe(scaled(whole));
      }),
    );
  });
});

describe('a decimal', () => {
  it('is written without exponent and without zeros at the end', () => {
    const texts = ['0', '10', '0.10', '100.000', '007.5', 5e-7, '0.000'].map((value) => {
      const decimal = decimalOf(value);
      return decimal && decimalText(decimal);
    });
    expect(texts).toEqual(['0', '10', '0.1', '100', '7.5', '0.0000005', '0']);
  });
});
