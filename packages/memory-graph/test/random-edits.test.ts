import { encodeSessionDocument } from '@llm-memory-graph/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryGraph } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const ids = ['s0', 's1', 's2', 's3'] as const;

type Step =
  | { readonly do: 'create' | 'end' | 'delete' | 'archive'; readonly id: string }
  | {
      readonly do: 'prompt' | 'response' | 'tool';
      readonly id: string;
      readonly content: unknown;
      readonly note: string;
    }
  | { readonly do: 'edge' | 'tag'; readonly id: string; readonly note: string }
  | { readonly do: 'wait'; readonly ms: number };

const id = fc.constantFrom(...ids);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('create', 'end', 'delete', 'archive'), id }),
  fc.record({ do: fc.constantFrom('prompt', 'response', 'tool'), id, content: fc.jsonValue(), note: text }),
  fc.record({ do: fc.constantFrom('edge', 'tag'), id, note: text }),
  fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: -1000, max: 1000 }) }),
);

/** What the archive queue must know of a session, kept the naive way. */
interface Expected {
  touched: number;
  version: number;
  archived: number | undefined;
}

class Model {
  readonly clock = new ManualClock();
  readonly graph = MemoryGraph.open({ path: ':memory:', clock: this.clock });
  readonly sessions = new Map<string, Expected>();

  apply(action: Step): void {
    if (action.do === 'wait') {
      this.clock.ms += action.ms;
      return;
    }
    const expected = this.sessions.get(action.id);
    if (action.do === 'create') {
      if (expected !== undefined) return;
      this.graph.createSession({ id: action.id, modelId: 'm' });
      this.sessions.set(action.id, { touched: this.clock.ms, version: 1, archived: undefined });
    } else if (expected !== undefined) {
      this.#change(action, expected);
    }
  }

  #change(action: Exclude<Step, { do: 'wait' }>, expected: Expected): void {
    if (action.do === 'delete') {
      this.graph.deleteSession(action.id);
      this.sessions.delete(action.id);
    } else if (action.do === 'archive') {
      const result = this.graph.markArchived(
        { id: action.id, version: expected.version },
        { archiveId: 'a', digest: 'd', archivedAt: new Date(0) },
      );
      expect(result).toBe(expected.archived === expected.version ? 'already' : 'marked');
      expected.archived = expected.version;
    } else if (this.#edit(action)) {
      expected.version += 1;
      expected.touched = Math.max(expected.touched, this.clock.ms);
    }
  }

  #edit(action: Exclude<Step, { do: 'wait' }>): boolean {
    const { graph } = this;
    switch (action.do) {
      case 'end':
        graph.updateSession(action.id, { status: 'completed' });
        return true;
      case 'tag':
        graph.updateSession(action.id, { tags: [action.note], metadata: { note: action.note } });
        return true;
      case 'edge':
        graph.addEdge(action.id, { from: action.id, to: 'agent', type: 'handled_by', properties: { n: action.note } });
        return true;
      case 'prompt':
        graph.addPrompt(action.id, { role: 'user', content: action.content });
        return true;
      case 'response':
        graph.addResponse(action.id, {
          promptId: graph.prompts(action.id).at(-1)?.id ?? null,
          content: action.content,
          finishReason: action.note,
        });
        return true;
      case 'tool': {
        const response = graph.responses(action.id).at(-1);
        if (response === undefined) return false;
        const tool = { toolName: `t${action.note}`, parameters: action.note, result: action.content };
        graph.addToolInvocation(action.id, { responseId: response.id, ...tool });
        return true;
      }
      default:
        throw new Error(action.do);
    }
  }

  due(cutoff: number): string[] {
    return [...this.sessions]
      .filter(([, s]) => s.archived !== s.version && s.touched <= cutoff)
      .sort(([a, x], [b, y]) => x.touched - y.touched || (a < b ? -1 : 1))
      .map(([id]) => id);
  }
}

describe('after any edits', () => {
  it('export(import(x)) is x byte for byte, and export is what the contracts encode', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Model();
        using copy = MemoryGraph.open({ path: ':memory:' });
        for (const action of steps) model.apply(action);
        for (const id of model.sessions.keys()) {
          const bytes = Buffer.from(model.graph.load(id)!.bytes);
          expect(bytes.equals(encodeSessionDocument(model.graph.exportSession(id)))).toBe(true);
          expect(copy.importSession(bytes)).toBe('imported');
          expect(copy.importSession(model.graph.exportSession(id))).toBe('identical');
          expect(bytes.equals(copy.load(id)!.bytes)).toBe(true);
        }
        model.graph.close();
      }),
      { numRuns: 150 },
    );
  });

  it('due() is what a naive reference says, page by page', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: -2000, max: 5000 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, offset, limit) => {
          const model = new Model();
          for (const action of steps) model.apply(action);
          const cutoff = new Date(model.clock.ms + offset);
          const read: string[] = [];
          for (let after; ;) {
            const page = model.graph.due(cutoff, { after, limit });
            read.push(...page.map((ref) => ref.id));
            if (page.length < limit) break;
            after = page.at(-1);
          }
          expect(read).toEqual(model.due(cutoff.getTime()));
          model.graph.close();
        },
      ),
      { numRuns: 200 },
    );
  });
});
