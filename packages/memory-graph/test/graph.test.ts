import { encodeSessionDocument } from '@llm-memory-graph/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMemoryGraphError, MemoryGraph, type MemoryGraphErrorCode } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';

function codeOf(work: () => unknown): MemoryGraphErrorCode | undefined {
  try {
    work();
  } catch (error) {
    if (isMemoryGraphError(error)) return error.code;
    throw error;
  }
  return undefined;
}

let clock: ManualClock;
let graph: MemoryGraph;

beforeEach(() => {
  clock = new ManualClock();
  graph = MemoryGraph.open({ path: ':memory:', clock });
});

afterEach(() => graph.close());

function conversation(id: string): void {
  graph.createSession({ id, modelId: 'gpt-4', tags: ['t'], metadata: { userId: 'u1' } });
  const prompt = graph.addPrompt(id, { role: 'user', content: 'What is 2 + 2?' });
  const response = graph.addResponse(id, { promptId: prompt.id, content: null, finishReason: 'tool_calls' });
  graph.addToolInvocation(id, { responseId: response.id, toolName: 'add', parameters: '{"a":2}', result: { sum: 4 } });
  graph.addEdge(id, { from: response.id, to: prompt.id, type: 'responds_to' });
}

describe('sessions and their nodes', () => {
  it('counts every edit as a version and stamps it', () => {
    conversation('s');
    expect(graph.getSession('s')).toMatchObject({ version: 5, status: 'active', endedAt: null, tags: ['t'] });
    clock.ms += 1000;
    const ended = graph.updateSession('s', { status: 'completed' });
    expect(ended.version).toBe(6);
    expect(ended.endedAt).toEqual(new Date(clock.ms));
    expect(ended.updatedAt).toEqual(new Date(clock.ms));
    expect(ended.metadata).toEqual({ userId: 'u1' });
  });

  it('numbers nodes in the order they are added, over all kinds', () => {
    conversation('s');
    expect(graph.prompts('s').map((n) => n.sequence)).toEqual([0]);
    expect(graph.responses('s').map((n) => n.sequence)).toEqual([1]);
    expect(graph.toolInvocations('s').map((n) => n.sequence)).toEqual([2]);
    expect(graph.toolInvocations('s')[0]).toMatchObject({ toolName: 'add', parameters: '{"a":2}', result: { sum: 4 } });
  });

  it('finds edges by either end and by type', () => {
    conversation('s');
    const [edge] = graph.edges('s');
    expect(graph.edges('s', { from: edge!.from })).toEqual([edge]);
    expect(graph.edges('s', { to: edge!.to, type: 'responds_to' })).toEqual([edge]);
    expect(graph.edges('s', { type: 'invokes' })).toEqual([]);
  });

  it('never makes a session younger when the clock is set back', () => {
    graph.createSession({ id: 's', modelId: 'm' });
    const before = graph.getSession('s')!.updatedAt;
    clock.ms -= 90 * 86_400_000;
    expect(graph.updateSession('s', { tags: ['x'] }).updatedAt).toEqual(before);
  });

  it('lists by id with filters and a cursor', () => {
    for (const id of ['c', 'a', 'b']) graph.createSession({ id, modelId: id === 'b' ? 'other' : 'm' });
    graph.updateSession('c', { status: 'failed' });
    expect(graph.listSessions({ limit: 2 }).map((s) => s.id)).toEqual(['a', 'b']);
    expect(graph.listSessions({ after: 'b' }).map((s) => s.id)).toEqual(['c']);
    expect(graph.listSessions({ modelId: 'm', status: 'failed' }).map((s) => s.id)).toEqual(['c']);
  });

  it('removes a session with everything it holds', () => {
    conversation('s');
    expect(graph.deleteSession('s')).toBe(true);
    expect(graph.deleteSession('s')).toBe(false);
    expect(graph.getSession('s')).toBeUndefined();
    conversation('s');
    expect(graph.prompts('s')).toHaveLength(1);
  });

  it('answers each misuse with its code and leaves the version alone', () => {
    conversation('s');
    const { version } = graph.getSession('s')!;
    const prompt = graph.prompts('s')[0]!;
    const misuse: [MemoryGraphErrorCode, () => unknown][] = [
      ['already_exists', () => graph.createSession({ id: 's', modelId: 'm' })],
      ['invalid', () => graph.createSession({ id: '../x', modelId: 'm' })],
      ['invalid', () => graph.createSession({ modelId: '' })],
      ['not_found', () => graph.addPrompt('nobody', { role: 'user', content: '' })],
      ['already_exists', () => graph.addPrompt('s', { id: prompt.id, role: 'user', content: '' })],
      ['already_exists', () => graph.addPrompt('s', { sequence: 0, role: 'user', content: '' })],
      ['invalid', () => graph.addResponse('s', { promptId: 'nobody', content: '' })],
      [
        'invalid',
        () => graph.addToolInvocation('s', { responseId: prompt.id, toolName: 't', parameters: {}, result: {} }),
      ],
      ['conflict', () => graph.updateSession('s', { tags: [] }, { ifVersion: version - 1 })],
      ['not_found', () => graph.exportSession('nobody')],
      ['invalid', () => graph.due(new Date(), { limit: 0 })],
      ['invalid', () => graph.claim(['s'], { owner: 'a', ttlMs: 0 })],
    ];
    expect(misuse.map(([, work]) => codeOf(work))).toEqual(misuse.map(([code]) => code));
    expect(graph.getSession('s')!.version).toBe(version);
    graph.close();
    graph.close();
    expect(codeOf(() => graph.getSession('s'))).toBe('closed');
  });
});

describe('documents', () => {
  it('exports what the contracts encode', () => {
    conversation('s');
    const document = graph.exportSession('s');
    expect(Buffer.from(graph.load('s')!.bytes)).toEqual(Buffer.from(encodeSessionDocument(document)));
  });

  it('answers an identical import and refuses a different one', () => {
    conversation('s');
    const document = graph.exportSession('s');
    expect(graph.importSession(document)).toBe('identical');
    expect(codeOf(() => graph.importSession(document, { onConflict: 'error' }))).toBe('already_exists');
    const other = { ...document, session: { ...document.session, tags: ['other'] } };
    expect(codeOf(() => graph.importSession(other))).toBe('conflict');
    expect(graph.exportSession('s')).toEqual(document);
  });

  it('imports nothing of a document with a tie that leads nowhere', () => {
    conversation('s');
    const document = graph.exportSession('s');
    const broken = {
      ...document,
      session: { ...document.session, id: 'broken' },
      toolInvocations: document.toolInvocations.map((node) => ({ ...node, responseId: 'nobody' })),
    };
    expect(codeOf(() => graph.importSession(broken))).toBe('invalid');
    expect(graph.getSession('broken')).toBeUndefined();
    expect(graph.listSessions()).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'secret {'],
    ['no document', '{"secret":1}'],
    ['bad UTF-8', '\u{ff}'],
  ])('refuses %s without quoting it', (_name, text) => {
    let message = '';
    try {
      graph.importSession(Buffer.from(text, 'latin1'));
    } catch (error) {
      message = String(error);
      expect(isMemoryGraphError(error) && error.code).toBe('invalid');
      expect(String((error as Error).cause)).not.toContain('secret');
    }
    expect(message).toMatch(/^MemoryGraphError: SessionDocument/);
    expect(message).not.toContain('secret');
  });
});
