import { describe, expect, it } from 'vitest';
import { ArchivalScheduler, ArchivalStats, isSchedulerError, type SchedulerEvents } from '../src/index.ts';
import { drive } from './kit/drive.ts';
import { complaints } from './kit/oracle.ts';
import { dayMs, World } from './kit/world.ts';

describe('a run', () => {
  it('archives what is old enough, once, and nothing younger', async () => {
    using world = new World();
    const old = await world.addSessions(12);
    await world.addSessions(3, 1, 'young');
    const scheduler = world.scheduler();
    const report = await world.run(scheduler);
    expect(report).toMatchObject({ outcome: 'completed', runs: [{ counts: { archived: 12, failed: 0, skipped: 0 } }] });
    expect(complaints(world.graph, world.vault.evidence(), old)).toEqual([]);
    expect(world.vault.largestCall).toBe(5);
    expect([...world.registered].sort()).toEqual(old);

    const again = await world.run(scheduler);
    expect(again.stats.totalProcessed).toBe(0);
    expect(again.stats.successRate()).toBe(0);
    expect(world.vault.posts).toBe(12);
    expect(scheduler.statistics()).toMatchObject({ totalProcessed: 12, archivedCount: 12 });
    expect(scheduler.statistics().successRate()).toBe(1);
  });

  it('sends the session with its tags, the metadata that may be seen and the retention of the level', async () => {
    using world = new World();
    await world.addSessions(1);
    await world.run(world.scheduler({}, { defaultComplianceLevel: 'hipaa', metadataKeys: ['userId', 'toString'] }));
    const request = world.vault.held.values().next().value?.request;
    expect(request).toMatchObject({
      sessionId: 's000',
      version: 2,
      retentionDays: 2555,
      complianceLevel: 'hipaa',
      tags: ['chat'],
    });
    const ours = { archived_by: 'archival_scheduler', run_id: expect.any(String) as string, session_version: 2 };
    expect(request?.metadata).toEqual({ userId: 'u', ...ours });
  });

  it('shows the vault nothing of the metadata unless told so', async () => {
    using world = new World();
    await world.addSessions(1);
    await world.run(world.scheduler());
    const request = world.vault.held.values().next().value?.request;
    const ours = { archived_by: 'archival_scheduler', run_id: expect.any(String) as string, session_version: 2 };
    expect(request?.metadata).toEqual(ours);
  });

  it('keeps within the bytes in flight', async () => {
    using world = new World();
    await world.addSessions(6);
    const size = world.graph.load('s000')!.bytes.length;
    await world.run(world.scheduler({}, { batchSize: 6, maxBytesInFlight: size * 2 }));
    expect(world.vault.calls).toBe(3);
    expect(world.vault.largestCall).toBe(2);
  });

  it('is refused while another is under way', async () => {
    using world = new World();
    await world.addSessions(1);
    const scheduler = world.scheduler();
    const first = scheduler.runOnce();
    await expect(scheduler.runOnce()).rejects.toMatchObject({ code: 'already_running' });
    expect((await drive(world.clock, first)).stats.archivedCount).toBe(1);
  });

  it('rejects with the reason of the signal and leaves no lease behind', async () => {
    using world = new World();
    const ids = await world.addSessions(3);
    const controller = new AbortController();
    world.vault.onCall = () => controller.abort(new Error('enough'));
    const scheduler = world.scheduler({ failpoint: () => controller.signal.throwIfAborted() });
    await expect(drive(world.clock, scheduler.runOnce({ signal: controller.signal }))).rejects.toThrow('enough');
    world.vault.onCall = () => undefined;
    await world.run(world.scheduler({ owner: 'b' }));
    expect(complaints(world.graph, world.vault.evidence(), ids)).toEqual([]);
    await expect(scheduler.runOnce({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  it('tells what it does, and is not disturbed by its listeners', async () => {
    using world = new World();
    await world.addSessions(2);
    const scheduler = world.scheduler();
    const told: (keyof SchedulerEvents)[] = [];
    scheduler.on('*', (type) => {
      told.push(type);
      throw new Error('a bad listener');
    });
    await world.run(scheduler);
    expect(told).toEqual(['runStarted', 'sessionArchived', 'sessionArchived', 'runFinished']);
  });
});

describe('by hand', () => {
  it('archives one session now, as the seed lists it', async () => {
    using world = new World();
    world.graph.createSession({ id: 's', modelId: 'm' });
    const scheduler = world.scheduler({}, { retentionDays: 7 });
    await expect(drive(world.clock, scheduler.archiveSessionNow('s'))).resolves.toMatchObject({ result: 'archived' });
    const request = world.vault.held.values().next().value?.request;
    expect(request).toMatchObject({
      tags: ['manual'],
      retentionDays: 365,
      metadata: { archived_by: 'archival_scheduler' },
    });
    await expect(scheduler.archiveSessionNow('s')).resolves.toEqual({
      sessionId: 's',
      result: 'skipped',
      reason: 'archived',
    });
    await expect(scheduler.archiveSessionNow('nobody')).resolves.toMatchObject({ reason: 'gone' });
    expect(scheduler.statistics()).toMatchObject({ totalProcessed: 3, archivedCount: 1, skippedCount: 2 });
  });

  it('archives a batch, each session with its outcome in order', async () => {
    using world = new World();
    const ids = await world.addSessions(7, 0);
    world.vault.refuse = ({ sessionId }) =>
      sessionId === 's002' ? { error: new Error('too odd'), retryable: false } : undefined;
    const report = await drive(world.clock, world.scheduler().batchArchiveSessions([...ids, 'nobody', 's000']));
    expect(report.outcomes.map(({ sessionId }) => sessionId)).toEqual([...ids, 'nobody']);
    expect(report.outcomes[2]).toMatchObject({ result: 'failed', reason: 'Error: too odd' });
    expect(report.stats).toMatchObject({ totalProcessed: 8, archivedCount: 6, failedCount: 1, skippedCount: 1 });
    expect([...world.vault.held.values()].every(({ request }) => request.tags[0] === 'batch')).toBe(true);
  });

  it('keeps out of the way of a run of its own', async () => {
    using world = new World();
    await world.addSessions(1);
    const scheduler = world.scheduler();
    let byHand: Promise<unknown> | undefined;
    world.vault.onCall = () => void (byHand ??= scheduler.archiveSessionNow('s000'));
    const report = await world.run(scheduler);
    await expect(byHand).resolves.toMatchObject({ result: 'skipped', reason: 'leased' });
    expect(report.stats.archivedCount).toBe(1);
    expect(world.vault.posts).toBe(1);
  });

  it('creates the policy of a level', async () => {
    using world = new World();
    const scheduler = world.scheduler();
    await expect(scheduler.createCompliancePolicy('gdpr')).resolves.toMatchObject({
      policyId: 'gdpr-2555',
      retentionDays: 2555,
      autoDelete: false,
      complianceLevel: 'gdpr',
      tags: ['gdpr'],
    });
    await scheduler.createCompliancePolicy('pci', { policyId: 'mine', retentionDays: 400 });
    expect(world.vault.policies.map(({ policyId, retentionDays }) => [policyId, retentionDays])).toEqual([
      ['gdpr-2555', 2555],
      ['mine', 400],
    ]);
  });
});

describe('the timer', () => {
  it('runs at once and then every interval until stopped', async () => {
    using world = new World();
    const scheduler = world.scheduler({}, { intervalHours: 24 });
    const archived: string[] = [];
    scheduler.on('sessionArchived', ({ sessionId }) => archived.push(sessionId));
    const finished = (): Promise<void> =>
      new Promise((resolve) => {
        const listener = (): void => {
          scheduler.off('runFinished', listener);
          resolve();
        };
        scheduler.on('runFinished', listener);
      });
    await world.addSessions(1, 31, 'a');
    let run = finished();
    await scheduler.start();
    await scheduler.start();
    await drive(world.clock, run);
    expect(archived).toEqual(['a000']);
    world.graph.createSession({ id: 'b', modelId: 'm' });
    for (let day = 0; day < 31; day++) {
      run = finished();
      await world.clock.advance(dayMs);
      await drive(world.clock, run);
    }
    expect(archived).toEqual(['a000', 'b']);
    await scheduler.stop();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('does nothing when disabled', async () => {
    using world = new World();
    await world.scheduler({}, { enabled: false }).start();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('reports a run that failed', async () => {
    using world = new World();
    const scheduler = world.scheduler();
    const failure = new Promise<unknown>((resolve) => scheduler.on('runFailed', ({ error }) => resolve(error)));
    world.graph.close();
    void scheduler.start();
    await expect(failure).resolves.toMatchObject({ code: 'closed' });
    await scheduler[Symbol.asyncDispose]();
  });
});

describe('construction', () => {
  it.each([
    [{ batchSize: 0 }, '`batchSize` must be an integer between 1 and 10000, got 0'],
    [{ intervalHours: Number.NaN }, '`intervalHours` must be a number between'],
    [{ archiveAfterDays: -1 }, '`archiveAfterDays` must be a number between 0 and 36500, got -1'],
    [{ retentionDays: 1.5 }, '`retentionDays` must be an integer between 1 and 36500, got 1.5'],
    [
      { defaultComplianceLevel: 'sox' },
      '`defaultComplianceLevel` must be one of standard, hipaa, gdpr, pci, soc2, got "sox"',
    ],
    [{ batchsize: 5 }, '`batchsize`: no such option'],
  ])('refuses %j', (config, message) => {
    using world = new World();
    const { graph: source, vault } = world;
    try {
      new ArchivalScheduler({ source, vault, config: config as never });
      expect.unreachable();
    } catch (error) {
      expect(isSchedulerError(error) && error.code).toBe('invalid_config');
      expect(String(error)).toContain(message);
    }
  });

  it.each([
    [{ source: undefined }, '`source` must have the methods due, claim, renew, release, load, markArchived'],
    [{ vault: { createRetentionPolicy: () => undefined } }, '`vault` must have the methods archive, readBack'],
    [{ archiveAfterDays: 30 }, '`archiveAfterDays`: no such option'],
    [{ owner: '' }, '`owner` must be a non-empty string, got ""'],
  ])('refuses the options %j', (options, message) => {
    using world = new World();
    const { graph: source, vault } = world;
    expect(() => new ArchivalScheduler({ source, vault, ...options } as never)).toThrow(message);
  });

  it('counts no session as no success', () => {
    expect(new ArchivalStats({ archived: 0, failed: 0, skipped: 0 }, 0).successRate()).toBe(0);
    expect(new ArchivalStats({ archived: 3, failed: 1, skipped: 0 }, 1.4)).toEqual({
      totalProcessed: 4,
      archivedCount: 3,
      failedCount: 1,
      skippedCount: 0,
      durationMs: 1,
    });
  });
});
