import { sessionStatus } from '@llm-memory-graph/contracts';
import { maxPageSize } from '../paging.ts';

const instant = { type: 'string', format: 'date-time' };

const schemas: Readonly<Record<string, object>> = {
  page: { type: 'integer', minimum: 1, default: 1 },
  page_size: { type: 'integer', minimum: 1, maximum: maxPageSize },
  status: { type: 'string', enum: sessionStatus.options },
  started_before: instant,
  started_after: instant,
  from: instant,
  to: instant,
};

/** The description of a query parameter of the endpoint tables; what is not listed is a string. */
export function queryParameter(name: string): Record<string, unknown> {
  return { name, in: 'query', schema: schemas[name] ?? { type: 'string' } };
}
