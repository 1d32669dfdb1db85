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
 * What stands beside the sealed content: who archived it in which run, and those keys of the session's metadata that
 * the configuration names; `model_id` is the session's model. The rest is sealed with the session and is nobody's
 * business.
 */
export function metadataOf(
  session: LoadedSession,
  keys: readonly string[],
  runId?: string,
): Readonly<Record<string, unknown>> {
  const { modelId } = session;
  const facts: Readonly<Record<string, unknown>> = {
    ...(modelId === undefined ? {} : { model_id: modelId }),
    ...session.metadata,
  };
  const named = keys.filter((key) => Object.hasOwn(facts, key)).map((key) => [key, facts[key]]);
  const run = runId === undefined ? {} : { run_id: runId, session_version: session.ref.version };
  return { ...(Object.fromEntries(named) as Record<string, unknown>), ...run, archived_by: 'archival_scheduler' };
}
