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

/** The session's own metadata, and who archived it. */
export function metadataOf(session: LoadedSession): Readonly<Record<string, unknown>> {
  return { ...session.metadata, archived_by: 'archival_scheduler' };
}
