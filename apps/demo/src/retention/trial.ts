import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { archiveIdentity } from '@llm-memory-graph/scheduler';
import { generatedConversations } from '../generated.ts';
import { documentOf } from '../input/document.ts';

/** The tag that only sessions of the trial carry. */
export const trialTag = 'demo-trial';

/** A session of the trial and the id of its archive, the same in every run. */
export interface TrialSession {
  readonly sessionId: string;
  readonly archiveId: string;
}

/** The sessions that the demo brings along to sweep, in a graph of their own. */
export function trialGraph(): MemoryGraph {
  const set = { name: trialTag, count: 5, seed: 20_250_106, firstDay: Date.UTC(2025, 0, 6, 9) };
  const graph = MemoryGraph.open({ path: ':memory:' });
  for (const conversation of generatedConversations({ ...set, tags: [trialTag, 'weather'] }))
    graph.importSession(documentOf(conversation));
  return graph;
}

export async function trialSessions(graph: MemoryGraph): Promise<readonly TrialSession[]> {
  const sessions: TrialSession[] = [];
  for (const { id: sessionId, version } of graph.listSessions()) {
    const bytes = graph.load(sessionId)?.bytes ?? new Uint8Array();
    const { archiveId } = await archiveIdentity(sessionId, version, bytes);
    sessions.push({ sessionId, archiveId });
  }
  return sessions;
}
