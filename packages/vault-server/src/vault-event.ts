import { type ClockDoubt } from './retention/clock-guard.ts';

/** Something an operator should hear of; names and numbers only. */
export type VaultEvent =
  /** A sweep deleted nothing because of the clock; `clock-jump` needs a look at it. */
  | { readonly type: 'sweep-skipped'; readonly tenant: string; readonly reason: ClockDoubt }
  /** An archive is kept longer than these policies want it at most. */
  | {
      readonly type: 'maximum-exceeded';
      readonly tenant: string;
      readonly archiveId: string;
      readonly policyIds: readonly string[];
    };
