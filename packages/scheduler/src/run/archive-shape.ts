import type { LoadedSession } from '../ports/session-source.ts';

/** How the archives of one call look: scheduled ones, one by hand, a batch by hand. */
export interface ArchiveShape {
  readonly retentionDays: number;
  tagsOf(session: LoadedSession): readonly string[];
}

/** An archive made by the schedule carries the session's own tags. */
export function scheduledShape(retentionDays: number): ArchiveShape {
  return { retentionDays, tagsOf: (session) => session.tags };
}

/** An archive made by hand says so in its first tag. */
export function taggedShape(tag: 'manual' | 'batch', retentionDays: number): ArchiveShape {
  return { retentionDays, tagsOf: (session) => [tag, ...session.tags.filter((own) => own !== tag)] };
}

/**
 * What stands beside the sealed content: who archived it, and those keys of the session's metadata that the
 * configuration names. The rest is sealed with the session and is nobody's business.
 */
export function metadataOf(session: LoadedSession, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const named = keys.filter((key) => Object.hasOwn(session.metadata, key)).map((key) => [key, session.metadata[key]]);
  return { ...(Object.fromEntries(named) as Record<string, unknown>), archived_by: 'archival_scheduler' };
}
