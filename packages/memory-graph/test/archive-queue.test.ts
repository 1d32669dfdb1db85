import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryGraph, type SessionClaim } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';

const day = 86_400_000;
const minute = 60_000;
const lease = { owner: 'a', ttlMs: minute };

let clock: ManualClock;
let graph: MemoryGraph;

beforeEach(() => {
  clock = new ManualClock();
  graph = MemoryGraph.open({ path: ':memory:', clock });
});

afterEach(() => graph.close());

function mark(runId?: string) {
  return { archiveId: 'x', digest: 'sha256:0', archivedAt: new Date(clock.ms), runId };
}

function claimed(id: string, owner = 'a'): SessionClaim {
  return graph.claim([id], { owner, ttlMs: minute }).granted[0]!;
}

function dueIds(limit = 100): string[] {
  return graph.due(new Date(clock.ms), { limit }).map((ref) => ref.id);
}

describe('due', () => {
  it('goes by the last edit, the end included, and by id', () => {
    for (const id of ['b', 'a']) graph.createSession({ id, modelId: 'm' });
    clock.ms += day;
    graph.createSession({ id: 'c', modelId: 'm' });
    graph.updateSession('a', { endedAt: new Date(clock.ms + day) });
    expect(dueIds()).toEqual(['b', 'c']);
    clock.ms += day;
    expect(dueIds()).toEqual(['b', 'c', 'a']);
    const [first] = graph.due(new Date(clock.ms), { limit: 1 });
    expect(graph.due(new Date(clock.ms), { after: first, limit: 1 })[0]?.id).toBe('c');
  });

  it('lists a session again once it is edited after its archival, in its new version', () => {
    graph.createSession({ id: 's', modelId: 'm' });
    expect(graph.markArchived(claimed('s'), mark())).toBe('marked');
    expect(dueIds()).toEqual([]);
    graph.addPrompt('s', { role: 'user', content: 'one more' });
    expect(graph.due(new Date(clock.ms), { limit: 1 })).toMatchObject([{ id: 's', version: 2 }]);
    expect(graph.markArchived(claimed('s'), { ...mark('run'), archiveId: 'y' })).toBe('marked');
    expect(graph.archives('s').map(({ version, archiveId, runId }) => [version, archiveId, runId])).toEqual([
      [1, 'x', undefined],
      [2, 'y', 'run'],
    ]);
  });
});

describe('a run', () => {
  it('neither lists nor gets again what it has marked in any version, also when others marked it since', () => {
    graph.createSession({ id: 's', modelId: 'm' });
    for (const runId of ['r1', 'r2']) {
      graph.addPrompt('s', { role: 'user', content: 'one more' });
      expect(graph.markArchived(claimed('s'), mark(runId))).toBe('marked');
    }
    graph.addPrompt('s', { role: 'user', content: 'one more' });
    const listedFor = (runId?: string) => graph.due(new Date(clock.ms), { limit: 9, runId }).map(({ id }) => id);
    expect([listedFor('r1'), listedFor('r2'), listedFor('r3'), listedFor()]).toEqual([[], [], ['s'], ['s']]);
    const refused = [{ id: 's', reason: 'archived', runId: 'r1' }];
    expect(graph.claim(['s'], { ...lease, runId: 'r1' })).toEqual({ granted: [], refused });
    expect(graph.claim(['s'], { ...lease, runId: 'r3' }).granted).toHaveLength(1);
  });
});

describe('marksOf', () => {
  it('lists what a run has marked, by session and page by page', () => {
    for (const id of ['c', 'a', 'b', 'd']) graph.createSession({ id, modelId: 'm' });
    for (const id of ['d', 'c', 'a']) graph.markArchived(claimed(id), { ...mark('r1'), archiveId: `of ${id}` });
    graph.markArchived(claimed('b'), mark('r2'));
    const first = graph.marksOf('r1', { limit: 2 });
    expect(first).toEqual(
      ['a', 'c'].map((id) => ({ sessionId: id, version: 1, archiveId: `of ${id}`, digest: 'sha256:0' })),
    );
    expect(graph.marksOf('r1', { after: 'c', limit: 2 }).map(({ sessionId }) => sessionId)).toEqual(['d']);
    expect(graph.marksOf('r1', { after: 'd', limit: 2 })).toEqual([]);
  });
});

describe('markArchived', () => {
  it('S2: refuses the version that was edited meanwhile', () => {
    graph.createSession({ id: 's', modelId: 'm' });
    const claim = claimed('s');
    graph.updateSession('s', { tags: ['edited'] });
    expect(graph.markArchived(claim, mark())).toBe('changed');
    expect(dueIds()).toEqual(['s']);
  });

  it('refuses a claim that a later one shut out, answers repeats and lost sessions', () => {
    graph.createSession({ id: 's', modelId: 'm' });
    const first = claimed('s');
    const second = claimed('s');
    expect(second.epoch).toBe(first.epoch + 1);
    expect(graph.markArchived(first, mark())).toBe('changed');
    expect(graph.markArchived(second, mark())).toBe('marked');
    expect(graph.markArchived(second, mark())).toBe('already');
    graph.deleteSession('s');
    expect(graph.markArchived(second, mark())).toBe('gone');
  });

  it('is one step: a throw inside leaves the session due', () => {
    const failing = MemoryGraph.open({
      path: ':memory:',
      clock,
      failpoint: () => {
        throw new Error('power cut');
      },
    });
    failing.createSession({ id: 's', modelId: 'm' });
    const [claim] = failing.claim(['s'], lease).granted;
    expect(() => failing.markArchived(claim!, mark())).toThrow('power cut');
    expect(failing.due(new Date(clock.ms), { limit: 1 })).toHaveLength(1);
    expect(failing.archives('s')).toEqual([]);
    failing.close();
  });
});

describe('leases', () => {
  beforeEach(() => {
    graph.createSession({ id: 's', modelId: 'm' });
  });

  it('keep others out until they run out or are given back', () => {
    const claim = claimed('s', 'a');
    expect(graph.claim(['s', 'nobody'], { owner: 'b', ttlMs: minute })).toEqual({
      granted: [],
      refused: [
        { id: 's', reason: 'leased' },
        { id: 'nobody', reason: 'gone' },
      ],
    });
    clock.ms += minute - 1;
    expect(graph.renew([claim], lease)).toEqual(['s']);
    clock.ms += minute - 1;
    expect(graph.claim(['s'], { owner: 'b', ttlMs: minute }).granted).toEqual([]);
    clock.ms += 1;
    expect(claimed('s', 'b').epoch).toBe(2);
    expect(graph.renew([claim], lease)).toEqual([]);
    graph.release([claim], { owner: 'a' });
    expect(graph.claim(['s'], { owner: 'c', ttlMs: minute }).granted).toEqual([]);
  });

  it('are given back by release', () => {
    graph.release([claimed('s', 'a')], { owner: 'a' });
    expect(claimed('s', 'b').epoch).toBe(2);
  });

  it('name the run that archived a session', () => {
    graph.markArchived(claimed('s'), mark('run-1'));
    expect(graph.claim(['s'], lease).refused).toEqual([{ id: 's', reason: 'archived', runId: 'run-1' }]);
  });

  it('S4: one written under a clock 90 days ahead holds a session for two leases at most', () => {
    clock.ms += 90 * day;
    claimed('s', 'ahead');
    clock.ms -= 90 * day;
    expect(graph.claim(['s'], lease).refused).toMatchObject([{ reason: 'leased' }]);
    clock.ms += 2 * minute;
    expect(graph.claim(['s'], lease).granted).toHaveLength(1);
  });

  it('S4: a clock 90 days behind does not let a holder be taken for current after it was shut out', () => {
    const held = claimed('s', 'a');
    clock.ms -= 90 * day;
    graph.claim(['s'], { owner: 'behind', ttlMs: minute });
    clock.ms += 90 * day;
    const stolen = claimed('s', 'b');
    expect(graph.markArchived(held, mark())).toBe('changed');
    expect(graph.markArchived(stolen, mark())).toBe('marked');
  });
});

describe('pruning', () => {
  const archive = (id: string): void => {
    graph.createSession({ id, modelId: 'm' });
    graph.addPrompt(id, { role: 'user', content: 'words' });
    graph.markArchived(claimed(id), { ...mark(), archiveId: `x-${id}` });
  };

  it('lists what is archived in its current version, by the age of the archive', () => {
    for (const id of ['b', 'a', 'c']) archive(id);
    graph.createSession({ id: 'd', modelId: 'm' });
    graph.addPrompt('c', { role: 'user', content: 'more' });
    const now = new Date(clock.ms);
    expect(graph.prunable(now, { limit: 1 })).toEqual([{ id: 'a', version: 2, archiveId: 'x-a', digest: 'sha256:0' }]);
    expect(graph.prunable(now, { after: 'a', limit: 9 }).map(({ id }) => id)).toEqual(['b']);
    expect(graph.prunable(new Date(clock.ms - 1), { limit: 9 })).toEqual([]);
    expect(() => graph.prunable(now, { limit: 0 })).toThrow('`limit`');
  });

  it('S2: removes a session only in the version and the archive that were listed', () => {
    archive('a');
    const [listed] = graph.prunable(new Date(clock.ms), { limit: 1 });
    expect(graph.prune({ ...listed!, archiveId: 'another' })).toBe('changed');
    graph.addPrompt('a', { role: 'user', content: 'more' });
    expect(graph.prune(listed!)).toBe('changed');
    expect(graph.prompts('a')).toHaveLength(2);
    archive('b');
    const [, ...others] = [listed, ...graph.prunable(new Date(clock.ms), { limit: 1 })];
    expect(graph.prune(others[0]!)).toBe('pruned');
    expect(graph.getSession('b')).toBeUndefined();
    expect(graph.prune(others[0]!)).toBe('gone');
  });
});
