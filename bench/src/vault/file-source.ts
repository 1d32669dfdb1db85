import type { SessionClaim, SessionRef, SessionSource } from '@llm-memory-graph/scheduler';
import { readFileSync } from 'node:fs';

const updatedAt = new Date('2025-01-01T00:00:00.000Z');

/** Sessions that are files, due all of them; what is archived is remembered in memory. */
export function fileSource(paths: readonly string[]): SessionSource & { readonly archived: ReadonlySet<string> } {
  const archived = new Set<string>();
  const pathOf = new Map(paths.map((path, index) => [`session-${String(index).padStart(8, '0')}`, path]));
  const ids = [...pathOf.keys()];
  const refOf = (id: string): SessionRef => ({ id, updatedAt, version: 1 });
  return {
    archived,
    due: (_cutoff, { after, limit }) => {
      const from = after === undefined ? 0 : ids.indexOf(after.id) + 1;
      return ids.slice(from, from + limit).map(refOf);
    },
    claim: (wanted) => ({ granted: wanted.map((id): SessionClaim => ({ ...refOf(id), epoch: 1 })), refused: [] }),
    renew: (claims) => claims.map(({ id }) => id),
    release: () => undefined,
    load: (id) => {
      const path = pathOf.get(id);
      return path === undefined ? undefined : { ref: refOf(id), bytes: readFileSync(path), tags: [], metadata: {} };
    },
    markArchived: ({ id }) => {
      archived.add(id);
      return 'marked';
    },
  };
}
