import mitt, { type Emitter, type Handler, type WildcardHandler } from 'mitt';
import type { RunReport } from './run/run-report.ts';
import type { SkipReason } from './run/session-outcome.ts';

/** What a scheduler tells about itself. No event holds session content. */
export type SchedulerEvents = {
  runStarted: { readonly runId: string; readonly cutoff: Date; readonly resumed: boolean };
  runFinished: RunReport;
  /** A run started by the timer failed; `runOnce` rejects instead. */
  runFailed: { readonly error: unknown };
  sessionArchived: {
    readonly sessionId: string;
    readonly version: number;
    readonly archiveId: string;
    readonly digest: string;
    readonly size: number;
    /** True when the vault held it from an earlier attempt. */
    readonly duplicate: boolean;
  };
  sessionSkipped: { readonly sessionId: string; readonly reason: SkipReason };
  /** An attempt failed; the session is tried again. */
  sessionFailed: {
    readonly sessionId: string;
    readonly version: number;
    readonly attempts: number;
    readonly reason: string;
  };
  /** A session was given up until it is edited or released by hand. */
  sessionParked: {
    readonly sessionId: string;
    readonly version: number;
    readonly attempts: number;
    readonly reason: string;
  };
  /** A session was removed from the source; the vault has shown its archive. */
  sessionPruned: { readonly sessionId: string; readonly version: number; readonly archiveId: string };
  /** A session stays in the source: the vault did not show the archive that it should hold. Look into it. */
  pruneRefused: { readonly sessionId: string; readonly archiveId: string; readonly reason: string };
  /** A run ended before it was through; sessions wait. */
  backlog: { readonly runId: string; readonly oldest: Date | undefined };
  /** Two clocks disagree, or one jumped; the earlier one counts. */
  clockSkew: { readonly skewMs: number; readonly between: 'wall-and-monotonic' | 'wall-and-vault' };
};

/** A mitt emitter whose listeners cannot disturb the work or each other. */
export class EventSource<Events extends Record<string, unknown> = SchedulerEvents> {
  readonly #emitter: Emitter<Events> = mitt<Events>();

  on(type: keyof Events | '*', handler: unknown): void {
    this.#emitter.on(type as never, handler as never);
  }

  off(type: keyof Events | '*', handler?: unknown): void {
    this.#emitter.off(type as never, handler as never);
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    const { all } = this.#emitter;
    const listeners = (all.get(type) ?? []) as Handler<Events[Type]>[];
    const wildcards = (all.get('*') ?? []) as unknown as WildcardHandler<Events>[];
    for (const listener of [...listeners]) isolated(() => listener(event));
    for (const listener of [...wildcards]) isolated(() => listener(type, event));
  }
}

function isolated(call: () => void): void {
  try {
    call();
  } catch {
    // A listener observes; what goes wrong inside it must not change what is archived.
  }
}
