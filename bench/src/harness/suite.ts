/** One way of doing the thing a group measures. */
export interface Case {
  readonly name: string;
  /** Whether this is the library under test. */
  readonly ours?: boolean;
  /** A reference that is no competitor, such as the bare function. */
  readonly floor?: boolean;
  /** Prepares the case and returns one call of it, or a measurement of its own. */
  setup(): Promise<Subject> | Subject;
}

/** What a case process measures. */
export type Subject =
  | { readonly kind: 'call'; readonly call: () => unknown; readonly rejects?: boolean }
  | { readonly kind: 'sample'; readonly sample: () => Promise<Sample> | Sample };

/** What one round of one case yields. */
export interface Sample {
  readonly ns?: number;
  readonly bytes?: number;
  readonly timers?: number;
  /** Calls per second. */
  readonly perSecond?: number;
  /** Processor time of one call, in microseconds. */
  readonly cpuUs?: number;
}

/** Cases that are compared with each other. */
export interface Group {
  readonly title: string;
  /** What must be reached, as text for the report. */
  readonly goal: string;
  readonly cases: readonly Case[];
}

export interface Suite {
  readonly title: string;
  readonly groups: readonly Group[];
}
