/**
 * Named points between the effects of a run, in their order, where fault tests stop the process. Three of
 * them lie behind a port and are raised there: `after-put-before-ack` by the vault, `inside-mark` and `mid-prune` by the
 * source. A sweep is one request; what is left by a kill in its middle is for the fault tests of the vault.
 */
export const failpointNames = [
  'after-claim',
  'before-read',
  'after-read',
  'before-put',
  'after-put-before-ack',
  'after-ack',
  'before-verify',
  'after-verify',
  'before-mark',
  'inside-mark',
  'after-mark',
  'after-checkpoint',
  'before-prune',
  'mid-prune',
  'during-drain',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/** Called at every failpoint that is passed. For fault tests; a throw ends the run there. */
export type Failpoint = (name: FailpointName) => void | Promise<void>;
