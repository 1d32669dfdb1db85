import { badParameter, type ServiceContext } from '@llm-memory-graph/service';
import { queryInstant } from '../query-instant.ts';
import type { UsagePeriod } from '../store/usage-record.ts';

/** `from` (inclusive) and `to` (exclusive) of the query; undefined without either. @throws 400 */
export function usagePeriod(c: ServiceContext): UsagePeriod | undefined {
  const from = queryInstant(c, 'from');
  const to = queryInstant(c, 'to');
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined && from > to) throw badParameter('to', 'must not lie before from');
  return { from, to };
}
