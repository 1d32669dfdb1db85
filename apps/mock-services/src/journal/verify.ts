import type { ServiceName } from '../fault/fault.ts';
import { isPattern, matcherOf } from '../fault/route-pattern.ts';
import type { JournalEntry, Outcome } from './journal-entry.ts';

/** Which requests of the journal. */
export interface JournalFilter {
  readonly service?: ServiceName | undefined;
  readonly method?: string | undefined;
  /** A path, in which `:name` stands for one segment and `*` at the end for the rest. */
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly outcome?: Outcome | undefined;
  readonly committed?: boolean | undefined;
}

/** How often something must have happened. */
export interface Expectation extends JournalFilter {
  /** Exactly this often, or within bounds. @default at least once */
  readonly times?: number | { readonly atLeast?: number | undefined; readonly atMost?: number | undefined } | undefined;
}

/** The journal does not hold what was expected; the message tells what it holds instead. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code = 'verification_failed';
  /** How many requests fit. */
  readonly matched: number;

  constructor(message: string, matched: number) {
    super(message);
    this.matched = matched;
  }
}

/** @throws {TypeError} when the path is no pattern */
export function fits(filter: JournalFilter): (entry: JournalEntry) => boolean {
  const { service, method, path, status, outcome, committed } = filter;
  if (path !== undefined && !isPattern(path)) throw new TypeError('path must be a path such as /api/v1/sessions/:id');
  const onPath = path === undefined ? () => true : matcherOf(path);
  return (entry) =>
    (service === undefined || entry.service === service) &&
    (method === undefined || entry.method === method) &&
    (status === undefined || entry.status === status) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (committed === undefined || entry.committed === committed) &&
    onPath(entry.path);
}

function bounds(times: Expectation['times']): { atLeast: number; atMost: number } {
  if (typeof times === 'number') return { atLeast: times, atMost: times };
  return { atLeast: times?.atLeast ?? (times ? 0 : 1), atMost: times?.atMost ?? Infinity };
}

function wanted({ atLeast, atMost }: { atLeast: number; atMost: number }): string {
  if (atLeast === atMost) return `exactly ${String(atLeast)}`;
  return atMost === Infinity ? `at least ${String(atLeast)}` : `${String(atLeast)} to ${String(atMost)}`;
}

const line = ({ sequence, method, path, outcome, status, committed }: JournalEntry): string =>
  `  #${String(sequence)} ${method} ${path} ${outcome} ${String(status)} committed=${String(committed)}`;

/** @returns the requests that fit @throws {VerificationError} */
export function verified(entries: readonly JournalEntry[], { times, ...filter }: Expectation): JournalEntry[] {
  const found = entries.filter(fits(filter));
  const { atLeast, atMost } = bounds(times);
  if (found.length >= atLeast && found.length <= atMost) return found;
  const shown = Object.entries(filter).filter(([, value]) => value !== undefined);
  const what = shown.map(([name, value]) => `${name} ${String(value)}`).join(', ') || 'any request';
  const last = entries.slice(-10).map(line).join('\n') || '  nothing';
  throw new VerificationError(
    `expected ${wanted({ atLeast, atMost })} of ${what}, found ${String(found.length)}; the last requests were:\n${last}`,
    found.length,
  );
}
