import type { FaultSubject } from '../fault/armed-fault.ts';
import type { JournalEntry } from './journal-entry.ts';
import { fits, verified, type Expectation, type JournalFilter } from './verify.ts';

type Change = Partial<Pick<JournalEntry, 'outcome' | 'status' | 'committed' | 'faults' | 'requestId'>>;

/** Characters of a path that are kept, so that a flood of long ones stays small. */
const longestPath = 2048;

/** Writes one entry as its request goes on. */
export interface JournalWriter {
  write(change: Change): void;
}

/** What every request became, oldest first; the oldest are forgotten beyond a number. */
export class Journal {
  readonly #now: () => number;
  readonly #capacity: number;
  readonly #entries = new Map<number, JournalEntry>();
  readonly #listeners = new Set<(entry: JournalEntry) => void>();
  #sequence = 0;

  constructor(now: () => number, capacity: number) {
    this.#now = now;
    this.#capacity = capacity;
  }

  /** The requests that fit. */
  entries(filter: JournalFilter = {}): JournalEntry[] {
    return [...this.#entries.values()].filter(fits(filter));
  }

  /**
   * @returns the requests that fit
   * @throws {VerificationError} when they are not as many as expected
   * @example
   * services.journal.verify({ method: 'POST', path: '/api/v1/archive', committed: true, times: 1 });
   */
  verify(expectation: Expectation): JournalEntry[] {
    return verified([...this.#entries.values()], expectation);
  }

  /** Forgets all; numbers go on. */
  clear(): void {
    this.#entries.clear();
  }

  /** Tells of every entry as it stands when it begins and whenever it changes. @returns how to stop */
  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin(subject: FaultSubject): JournalWriter {
    const sequence = ++this.#sequence;
    const begun = { outcome: 'pending', status: null, committed: false, faults: [], requestId: null } as const;
    const path = subject.path.slice(0, longestPath);
    let entry: JournalEntry = { sequence, at: new Date(this.#now()), ...subject, path, ...begun };
    this.#entries.set(sequence, entry);
    if (this.#entries.size > this.#capacity) this.#forgetOldest();
    this.#tell(entry);
    return {
      write: (change) => {
        entry = { ...entry, ...change };
        if (this.#entries.has(sequence)) this.#entries.set(sequence, entry);
        this.#tell(entry);
      },
    };
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  #tell(entry: JournalEntry): void {
    for (const listener of this.#listeners) listener(entry);
  }
}
