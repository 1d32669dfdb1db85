import { badParameter, decodeCursor } from '@llm-memory-graph/service';

/** The model id in a cursor of a list by model. @throws 400 */
export function modelKey(cursor: string): string {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id === 'string') return id;
  throw badParameter('cursor', 'is not a cursor of this list');
}
