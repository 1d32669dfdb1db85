import { isResourceId } from '@llm-memory-graph/contracts';
import type { ServiceContext } from './env.ts';
import { problem } from './problem-error.ts';

/** The id in the path. @throws 400 when it could not be the id of a resource */
export function pathId(c: ServiceContext, name = 'id'): string {
  const id = c.req.param(name) ?? '';
  if (isResourceId(id)) return id;
  throw problem(
    400,
    'bad-path',
    'an id has 1 to 256 characters without / \\ ? # %, control characters or outer white space, and is not . or ..',
  );
}
