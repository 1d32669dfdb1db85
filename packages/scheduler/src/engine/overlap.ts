/**
 * What becomes of a run that falls due while another is under way: `skip` lets it fall out; `buffer-one` runs it right
 * after, however many fell due.
 */
export type Overlap = 'skip' | 'buffer-one';

/** What becomes of runs that fell due while nothing could run: `skip` waits for the next one; `once` makes up for all of them by one. */
export type Missed = 'skip' | 'once';
