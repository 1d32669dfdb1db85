import { sealingThreads, type Sealing } from '@llm-memory-graph/sealed-archive';

let shared: Sealing | undefined;

/** The threads of all servers of this process that were given none of their own. */
export function sharedSealingThreads(): Sealing {
  return (shared ??= sealingThreads());
}
