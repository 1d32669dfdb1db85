import { tests } from '../../vitest.shared.ts';

export default tests({
  coverage: {
    provider: 'v8',
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts'],
    reporter: ['text', 'json-summary'],
    thresholds: { branches: 95, lines: 95 },
  },
});
