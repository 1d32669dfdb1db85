import { isIntegrationError } from '@llm-memory-graph/http';
import { expect, it, vi } from 'vitest';
import { IntegrityError, isIntegrityError } from '../src/index.ts';

it('isIntegrityError holds between two copies of the package, and for nothing else', async () => {
  vi.resetModules();
  const copy = await import('../src/integrity-error.ts');
  const theirs = new copy.IntegrityError('a', 'is not what was archived');
  expect(theirs).not.toBeInstanceOf(IntegrityError);
  expect([isIntegrityError(theirs), copy.isIntegrityError(new IntegrityError('a', 'x'))]).toEqual([true, true]);
  expect([isIntegrationError(theirs), theirs.code, theirs.archiveId, theirs.retryable]).toEqual([
    true,
    'serialization',
    'a',
    false,
  ]);
  for (const other of [undefined, null, 'a', new Error('archive a: x'), { archiveId: 'a' }])
    expect(isIntegrityError(other)).toBe(false);
});
