import { describe, expect, it } from 'vitest';
import { retryBudget } from './retry-budget.ts';

describe('retryBudget', () => {
  it('R7 pays for one retry out of every 1 / ratio first attempts, exactly', () => {
    const budget = retryBudget({ ratio: 0.1 });
    let retries = 0;
    for (let call = 0; call < 1_000; call += 1) {
      budget.deposit('k');
      while (budget.withdraw('k')) retries += 1;
    }
    expect(retries).toBe(100);
  });

  it('R7 keeps keys apart and starts each with the initial tokens', () => {
    const budget = retryBudget({ initialTokens: 1, maxTokens: 2 });
    expect(budget.withdraw('a')).toBe(true);
    expect(budget.withdraw('a')).toBe(false);
    expect(budget.withdraw('b')).toBe(true);
    expect(budget.withdraw()).toBe(true);
    expect(budget.tokens('a')).toBe(0);
    expect(budget.tokens('new')).toBe(1);
  });

  it('R7 saves up no more than maxTokens', () => {
    const budget = retryBudget({ ratio: 1, maxTokens: 2 });
    for (let call = 0; call < 10; call += 1) budget.deposit();
    expect([budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([true, true, false]);
  });

  it('forgets the key unused for longest beyond maxKeys', () => {
    const budget = retryBudget({ ratio: 1, maxKeys: 2 });
    budget.deposit('a');
    budget.deposit('b');
    budget.deposit('a');
    budget.deposit('c');
    expect([budget.tokens('a'), budget.tokens('b'), budget.tokens('c')]).toEqual([2, 0, 1]);
  });

  it('has the documented defaults', () => {
    const budget = retryBudget();
    for (let call = 0; call < 600; call += 1) budget.deposit();
    expect(budget.tokens()).toBe(100);
    budget.deposit('x');
    expect(budget.tokens('x')).toBe(0.2);
  });
});
