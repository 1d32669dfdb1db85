import type { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../../../../shared/data/tau-bench/gpt-4o-airline.json', import.meta.url));

/** Whether the conversations lie beside the project. */
export const hasConversations = existsSync(file);

interface Message {
  readonly role: string;
  readonly content: string | null;
}

/** 200 conversations of an agent with a user; `JSON.parse` is what they were published as. */
function conversations(): readonly (readonly Message[])[] {
  const trials = JSON.parse(readFileSync(file, 'utf8')) as { readonly traj: readonly Message[] }[];
  return trials.map(({ traj }) => traj);
}

/** Puts `count` sessions into a graph: conversations whole, and as they stood when fewer turns had been taken. */
export function addConversations(graph: MemoryGraph, count: number, prefix: string): string[] {
  const all = conversations();
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const id = `${prefix}${String(i).padStart(4, '0')}`;
    const turns = all[i % all.length]!;
    const shorter = Math.floor(i / all.length);
    graph.createSession({ id, modelId: 'gpt-4o', tags: ['airline'] });
    for (const { role, content } of turns.slice(0, Math.max(2, turns.length - 2 * shorter))) {
      if (role === 'assistant') graph.addResponse(id, { content: content ?? '' });
      else graph.addPrompt(id, { role: role === 'system' ? 'system' : 'user', content: content ?? '' });
    }
    ids.push(id);
  }
  return ids;
}
