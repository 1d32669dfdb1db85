import { isolated } from '../events.ts';
import type { UsageInput } from '../usage/usage-input.ts';
import { EventReader, JsonReader, type AnswerReader } from './answer-reader.ts';
import { AnswerUsage } from './answer-usage.ts';
import type { Watcher } from './tap.ts';
import type { ResolvedTrackOptions, Untracked } from './track-fetch-options.ts';
import { usageOfCall } from './usage-of-call.ts';

/** A call under way. */
export interface StartedCall {
  readonly sessionId: string;
  readonly endpoint: string;
  readonly request: string | undefined;
  /** On the monotonic clock. */
  readonly startedMs: number;
}

/** Reads an answer as it passes and reports its usage once. */
export class AnswerWatcher implements Watcher {
  readonly #call: StartedCall;
  readonly #options: ResolvedTrackOptions;
  readonly #report: (usage: UsageInput) => void;
  readonly #usage = new AnswerUsage();
  readonly #reader: AnswerReader;
  #over = false;

  constructor(
    call: StartedCall,
    isStream: boolean,
    options: ResolvedTrackOptions,
    report: (usage: UsageInput) => void,
  ) {
    this.#call = call;
    this.#options = options;
    this.#report = report;
    this.#reader = isStream
      ? new EventReader(this.#usage, options.maxBytes, options.estimate)
      : new JsonReader(this.#usage, options.maxBytes);
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#guarded(() => {
      // Some clients stop reading at the last event, before the body ends.
      if (this.#reader.push(bytes)) this.#finish(true);
    });
  }

  end(how: 'complete' | 'cancelled' | 'failed'): void {
    if (this.#over) return;
    this.#guarded(() => {
      this.#reader.end();
      this.#finish(how === 'complete');
    });
  }

  #finish(complete: boolean): void {
    this.#over = true;
    const { monotonic, estimate } = this.#options;
    const { startedMs, ...call } = this.#call;
    const latencyMs = Math.max(0, Math.round(monotonic() - startedMs));
    const usage = usageOfCall(this.#usage, { ...call, latencyMs, complete, estimate });
    if (usage) this.#report(usage);
    else this.#untracked({ reason: (complete && this.#reader.problem) || 'no-usage' });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#over = true;
      this.#untracked({ reason: 'failed', cause });
    }
  }

  #untracked(untracked: Untracked): void {
    isolated(() => this.#options.onUntracked(untracked));
  }
}
