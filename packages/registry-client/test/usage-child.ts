// A program that tracks usage, to be killed by its tests. Run by `child-process.ts`.
import { writeSync } from 'node:fs';
import { RegistryClient, UsageBuffer } from '../src/index.ts';
import { fileSpool, flushOnExit } from '../src/node/index.ts';

/** What the program is told, as JSON. */
export interface ChildPlan {
  readonly url: string;
  /** Reports to track; each one is told by a dot as soon as it is taken. @default 0 */
  readonly reports?: number;
  /** Between reports, in ms; all at once otherwise. */
  readonly everyMs?: number;
  readonly spool?: string;
  readonly hook?: { readonly deadlineMs?: number };
  /** Delivers all before the end. */
  readonly flush?: boolean;
  /** Stays until it is killed. */
  readonly stay?: boolean;
  /** Listens to SIGTERM itself, and only says so. */
  readonly listens?: boolean;
}

const plan = JSON.parse(process.argv[2] ?? '') as ChildPlan;
const registry = new RegistryClient({ baseUrl: plan.url, retry: { initialDelayMs: 1 }, breaker: false });
const usage = new UsageBuffer(registry, {
  maxBatchSize: 10,
  initialDelayMs: 1,
  maxDelayMs: 5,
  ...(plan.spool !== undefined && { spool: fileSpool({ path: plan.spool }) }),
});
if (plan.hook) flushOnExit(usage, plan.hook);
if (plan.listens === true)
  process.on('SIGTERM', () => {
    writeSync(1, 'heard');
  });

const track = (): void => {
  if (usage.track({ sessionId: 's1', promptTokens: 1, completionTokens: 1 })) writeSync(1, '.');
};
const keepAlive = plan.stay === true ? setInterval(() => undefined, 60_000) : undefined;
if (plan.everyMs === undefined) for (let i = 0; i < (plan.reports ?? 0); i++) track();
else setInterval(track, plan.everyMs);
if (plan.flush === true) {
  await usage.close();
  clearInterval(keepAlive);
}
writeSync(1, '!');
