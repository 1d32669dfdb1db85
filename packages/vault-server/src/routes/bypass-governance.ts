import { problem, requireScope, type ServiceContext } from '@llm-memory-graph/service';

const header = 'x-bypass-governance';

/**
 * Whether the caller passes governance locks: it must say so, so that a key with that right does not do it by accident.
 *
 * @throws 400, 403 without the scope `admin`
 */
export function bypassesGovernance(c: ServiceContext): boolean {
  const value = c.req.header(header)?.toLowerCase() ?? 'false';
  if (value === 'false') return false;
  if (value !== 'true') throw problem(400, 'invalid-header', `the header ${header} must be true or false`);
  requireScope(c, 'admin');
  return true;
}
