import { InvalidConfigError } from '@llm-memory-graph/http';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it } from 'vitest';
import { MultiRegionVault, type MultiRegionEvents } from '../src/index.ts';
import { sealer, threeRegions, type FaultyRegion } from './regions.ts';

const entry = { id: 'a', sessionId: 's', data: { text: 'words' } };

/** `a` as each region has it. */
async function statesOf(regions: readonly FaultyRegion[], id = 'a'): Promise<unknown[]> {
  return Promise.all(
    regions.map((region) =>
      region
        .direct()
        .retrieveSession(id)
        .then(
          () => 'held',
          (error: unknown) => (error as { status?: number }).status,
        ),
    ),
  );
}

function heard(vault: MultiRegionVault): string[] {
  const told: string[] = [];
  vault.events.on('*', (type, event) => {
    told.push(`${type} ${'region' in event ? event.region : ''}`);
  });
  return told;
}

describe('writing', () => {
  it('sends the same sealed bytes everywhere', async () => {
    const { vault, regions } = threeRegions({ lagMs: 10_000 });
    const { digest } = await vault.archiveSession(entry);
    const held = await Promise.all(regions.map((region) => region.direct().getArchiveMetadata('a')));
    expect(held.map((each) => each.digest)).toEqual([digest, digest, digest]);
  });

  it('is done when more than half have confirmed, and brings the rest later', async () => {
    const { vault, regions, us } = threeRegions();
    const told = heard(vault);
    us.fault = 'down';
    await vault.archiveSession(entry);
    await vault.idle();
    expect([vault.pending, told]).toEqual([1, ['lagging us']]);
    expect(await vault.repair()).toMatchObject({ examined: 1, undecided: 1 });
    us.release();
    expect(await vault.repair()).toEqual({ examined: 1, mended: 1, blocked: 0, undecided: 0, unreachable: [] });
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
    expect([vault.pending, told.at(-1)]).toEqual([0, 'copied us']);
  });

  it('waits for a slow region so long as told, no longer', async () => {
    const clock = new TestClock();
    const { vault, us, regions } = threeRegions({ lagMs: 500, clock });
    us.fault = 'slow';
    let done = false;
    const archiving = vault.archiveSession(entry).then(() => (done = true));
    while ((await statesOf(regions)).filter((state) => state === 'held').length < 2);
    await clock.advance(499);
    expect(done).toBe(false);
    await clock.advance(1);
    await archiving;
    us.release();
    await vault.idle();
    expect([await statesOf(regions), vault.pending]).toEqual([['held', 'held', 'held'], 0]);
  });

  it('fails when too few confirm it, and is the same archive when it is tried again', async () => {
    const { vault, eu, us, regions } = threeRegions();
    for (const region of [eu, us]) region.fault = 'down';
    await expect(vault.archiveSession(entry)).rejects.toMatchObject({ code: 'connection', retryable: true });
    const { failed } = await vault.batchArchive([entry]);
    expect(failed).toMatchObject([{ archiveId: 'a', sessionId: 's', retryable: true }]);
    for (const region of [eu, us]) region.release();
    await vault.archiveSession(entry);
    await vault.idle();
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
  });

  it('takes lost answers for what they are', async () => {
    const { vault, eu, us } = threeRegions();
    for (const region of [eu, us]) region.fault = 'deaf';
    await expect(vault.archiveSession(entry)).rejects.toMatchObject({ code: 'connection' });
    for (const region of [eu, us]) region.release();
    expect(await vault.archiveSession(entry)).toMatchObject({ archiveId: 'a', duplicate: true });
  });

  it('to a primary needs the primary and nobody else', async () => {
    const { vault, eu, us, ap, regions } = threeRegions({ writeTo: { primary: 'us' } });
    for (const region of [eu, ap]) region.fault = 'down';
    await vault.archiveSession(entry);
    for (const region of [eu, ap]) region.release();
    us.fault = 'down';
    await expect(vault.archiveSession({ ...entry, id: 'b' })).rejects.toMatchObject({ code: 'connection' });
    us.release();
    await vault.repair({ full: true });
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
  });

  it('tells of each session of a batch when a region refuses one', async () => {
    const { vault, eu, us } = threeRegions({ lagMs: 10_000 });
    for (const region of [eu, us]) await region.direct().archiveSession({ ...entry, id: 'b1', sessionId: 'another' });
    const outcome = await vault.batchArchive(['b0', 'b1', 'b2'].map((id) => ({ ...entry, id })));
    expect(outcome.results.map(({ ok }) => ok)).toEqual([true, false, true]);
  });
});

describe('reading', () => {
  it('is answered by the nearest that can, and mends the one that did not have it', async () => {
    const { vault, eu, us, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    eu.asked.length = us.asked.length = 0;
    await vault.retrieveSession('a');
    expect([eu.asked.length, us.asked.length]).toEqual([2, 0]);
    eu.wipe();
    expect((await vault.retrieveSession('a')).data).toEqual(entry.data);
    await vault.idle();
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
  });

  it('V2: never gives damaged content, and tells where it is', async () => {
    const { vault, regions } = threeRegions({ lagMs: 10_000 });
    const told = heard(vault);
    await vault.archiveSession(entry);
    regions[0]!.fault = 'corrupt';
    expect((await vault.retrieveSession('a')).data).toEqual(entry.data);
    expect(told).toEqual(['corrupt eu']);
    for (const region of regions) region.fault = 'corrupt';
    await expect(vault.retrieveSession('a')).rejects.toMatchObject({ code: 'serialization', archiveId: 'a' });
  });

  it('reads back from the nearest, and from others only what that one does not have', async () => {
    const { vault, eu, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    eu.wipe();
    await vault.archiveSession({ ...entry, id: 'b' });
    for (const region of regions) region.asked.length = 0;
    const results = await vault.readBackArchives(['a', 'none', 'b']);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ archiveId: 'none', error: { status: 404 } });
    expect(eu.asked[0]).toBe('POST /api/v1/archive/read-back');
    await vault.idle();
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
    for (const region of regions) region.fault = 'down';
    await expect(vault.readBackArchives(['a'])).rejects.toMatchObject({ code: 'connection' });
  });

  it('reads back what the nearest lacks in one request of each other region, and mends it', async () => {
    const { vault, vaultOver, eu, us, regions } = threeRegions({ lagMs: 10_000 });
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) await vault.archiveSession({ ...entry, id });
    await vault.deleteArchive('d');
    eu.wipe();
    us.fault = 'corrupt';
    us.refuse = 'POST';
    for (const region of regions) region.asked.length = 0;
    const other = vaultOver();
    const results = await other.readBackArchives([...ids, 'none', 'a']);
    expect(results.map(({ ok, archiveId }) => `${archiveId} ${String(ok)}`)).toEqual([
      'a true',
      'b true',
      'c true',
      'd false',
      'none false',
      'a true',
    ]);
    expect(results[3]).toMatchObject({ error: { status: 410 } });
    const asked = regions.map((region) => region.asked.filter((one) => one.endsWith('/read-back')).length);
    expect(asked).toEqual([1, 1, 1]);
    us.release();
    us.refuse = undefined;
    await other.idle();
    for (const id of ['a', 'b', 'c']) expect(await statesOf(regions, id)).toEqual(['held', 'held', 'held']);
  });

  it('asks the next one as well when the nearest is slow, and lets the slow one go', async () => {
    const clock = new TestClock();
    const { vault, eu } = threeRegions({ lagMs: 10_000, hedgeAfterMs: 200, clock });
    await vault.archiveSession(entry);
    eu.fault = 'slow';
    const reading = vault.retrieveSession('a');
    await clock.advance(200);
    expect((await reading).data).toEqual(entry.data);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says that there is nothing only when enough regions say so', async () => {
    const { vault, eu, us } = threeRegions();
    await expect(vault.retrieveSession('none')).rejects.toMatchObject({ status: 404 });
    for (const region of [eu, us]) region.fault = 'down';
    await expect(vault.retrieveSession('none')).rejects.toMatchObject({ code: 'connection' });
  });

  it('does not say that there is nothing of what a region holds damaged', async () => {
    const { vault, eu, us, ap } = threeRegions({ lagMs: 10_000, writeTo: { primary: 'us' } });
    await vault.archiveSession(entry);
    us.wipe();
    eu.fault = 'corrupt';
    ap.fault = 'down';
    await expect(vault.retrieveSession('a')).rejects.toMatchObject({ code: 'connection' });
  });

  it('passes the reason of its signal', async () => {
    const { vault, regions } = threeRegions();
    for (const region of regions) region.fault = 'slow';
    const abort = new AbortController();
    const reading = vault.retrieveSession('a', { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  it('leaves a region with an open circuit for last', async () => {
    const { vault, eu, us } = threeRegions({ lagMs: 10_000 }, true);
    await vault.archiveSession(entry);
    eu.fault = 'down';
    for (let i = 0; i < 6; i++) await vault.retrieveSession('a');
    expect(vault.breakers.get('eu')?.state).toBe('open');
    expect(vault.breakers.get('us')?.state).toBe('closed');
    eu.release();
    eu.asked.length = us.asked.length = 0;
    await vault.retrieveSession('a');
    expect([eu.asked, us.asked.length]).toEqual([[], 2]);
  });

  it('goes on with a list in the region in which it began', async () => {
    const { vault, eu } = threeRegions({ lagMs: 10_000 });
    for (const id of ['a', 'b', 'c']) await vault.archiveSession({ ...entry, id });
    const { nextCursor } = await vault.listArchives({ pageSize: 2 });
    eu.fault = 'down';
    await expect(vault.listArchives({ cursor: nextCursor ?? '' })).rejects.toMatchObject({ code: 'connection' });
    for (const cursor of ['', 'eu', '/eu', 'x/mars'])
      await expect(vault.listArchives({ cursor })).rejects.toMatchObject({ code: 'serialization' });
  });
});

describe('deleting', () => {
  it('reaches a region that was away, by whichever process repairs', async () => {
    const { vault, vaultOver, ap, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    ap.fault = 'down';
    await vault.deleteArchive('a');
    ap.release();
    expect(await statesOf(regions)).toEqual([410, 410, 'held']);
    await vaultOver().repair({ full: true });
    expect(await statesOf(regions)).toEqual([410, 410, 410]);
  });

  it('is not undone by a region that never had the archive', async () => {
    const { vault, eu, us, ap, regions } = threeRegions();
    const told = heard(vault);
    ap.fault = 'down';
    await vault.archiveSession(entry);
    ap.release();
    eu.fault = 'down';
    await vault.deleteArchive('a');
    eu.release();
    us.fault = 'down';
    // Only eu, which missed the deletion, and ap, which missed the archive, are left to say what became of it.
    await vault.repair({ full: true });
    us.release();
    expect(await statesOf(regions)).toEqual([410, 410, 410]);
    expect(told.some((each) => each.startsWith('copied'))).toBe(false);
  });

  it('nothing is copied while those that know of a deletion may be away', async () => {
    const { vault, eu, us, ap, regions } = threeRegions({ writeTo: { primary: 'us' } });
    ap.fault = 'down';
    await vault.archiveSession(entry);
    for (const region of [eu, ap]) region.fault = 'down';
    await vault.deleteArchive('a');
    await vault.idle();
    for (const region of [eu, ap]) region.release();
    us.fault = 'down';
    expect(await vault.repair({ full: true })).toMatchObject({ mended: 0, unreachable: ['us'] });
    us.release();
    expect(await statesOf(regions)).toEqual(['held', 410, 404]);
    await vault.repair({ full: true });
    expect(await statesOf(regions)).toEqual([410, 410, 410]);
  });

  it('puts nothing in the place of an archive that stays', async () => {
    const { vault, eu, us, ap, regions } = threeRegions({ lagMs: 10_000 });
    ap.fault = 'down';
    await vault.archiveSession(entry);
    ap.release();
    // Nobody can delete: their answers to DELETE are lost before they come to it.
    for (const region of [eu, us]) region.refuse = 'DELETE';
    await expect(vault.deleteArchive('a')).rejects.toMatchObject({ code: 'connection' });
    expect(ap.asked.filter((each) => each.startsWith('POST')).length).toBe(1);
    expect(await statesOf(regions)).toEqual(['held', 'held', 404]);
  });

  it('a session that cannot be sealed costs the others of its batch nothing', async () => {
    const picky = {
      ...sealer,
      seal: (...args: Parameters<typeof sealer.seal>) =>
        args[1].archiveId === 'b1' ? Promise.reject(new Error('no key')) : sealer.seal(...args),
    };
    const { vault } = threeRegions({ lagMs: 10_000, sealer: picky });
    const outcome = await vault.batchArchive(['b0', 'b1', 'b2'].map((id) => ({ ...entry, id })));
    expect(outcome.results.map(({ ok }) => ok)).toEqual([true, false, true]);
  });

  it('a late copy is not taken in', async () => {
    const { vault, ap, regions } = threeRegions();
    ap.fault = 'slow';
    await vault.archiveSession(entry);
    await vault.deleteArchive('a');
    ap.release();
    await vault.idle();
    await vault.repair();
    expect((await statesOf(regions)).filter((state) => state === 'held')).toEqual([]);
  });

  it('an archive that was deleted anywhere is not archived again', async () => {
    const { vault, us } = threeRegions({ lagMs: 10_000 });
    await vault.batchArchive([entry, { ...entry, id: 'b' }]);
    for (const id of ['a', 'b']) await us.direct().deleteArchive(id);
    await expect(vault.archiveSession(entry)).rejects.toMatchObject({ status: 410 });
    const outcome = await vault.batchArchive([entry, { ...entry, id: 'b' }, { ...entry, id: 'c' }]);
    expect(outcome.results.map((result) => [result.ok, !result.ok && result.retryable])).toEqual([
      [false, false],
      [false, false],
      [true, false],
    ]);
  });

  it('deletes nowhere what is held anywhere', async () => {
    const { vault, ap, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    await ap.direct().placeLegalHold('a', 'case 7');
    await expect(vault.deleteArchive('a')).rejects.toMatchObject({ status: 409 });
    expect(await statesOf(regions)).toEqual(['held', 'held', 'held']);
    await vault.repair({ full: true });
    for (const region of regions)
      expect((await region.direct().getArchiveMetadata('a')).legalHold).toMatchObject({ reason: 'case 7' });
  });

  it('a hold in a region that was away keeps the archive there, and is told', async () => {
    const { vault, ap, regions } = threeRegions({ lagMs: 10_000 });
    const told = heard(vault);
    await vault.archiveSession(entry);
    ap.fault = 'down';
    await ap.direct().placeLegalHold('a');
    await vault.deleteArchive('a');
    ap.release();
    await vault.idle();
    expect(await vault.repair()).toMatchObject({ blocked: 1 });
    expect(told).toContain('blocked ap');
    await ap.direct().releaseLegalHold('a');
    expect(await vault.repair()).toMatchObject({ mended: 1 });
    expect(await statesOf(regions)).toEqual([410, 410, 410]);
  });
});

describe('rules', () => {
  it('a hold is lifted by all regions or comes back', async () => {
    const { vault, ap, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    await vault.placeLegalHold('a', 'case 7');
    ap.fault = 'down';
    await expect(vault.releaseLegalHold('a')).rejects.toMatchObject({ code: 'connection' });
    ap.release();
    await vault.repair({ full: true });
    for (const region of regions) expect((await region.direct().getArchiveMetadata('a')).legalHold).toBeTruthy();
    await vault.releaseLegalHold('a');
    await vault.deleteArchive('a');
  });

  it('brings every policy of an archive to every region', async () => {
    const { vault, regions } = threeRegions({ lagMs: 10_000 });
    await vault.archiveSession(entry);
    for (const [i, policyId] of ['p', 'q'].entries()) {
      await vault.createRetentionPolicy({ policyId, name: policyId, retentionDays: 400 + i });
      await regions[i]!.direct().applyRetentionPolicy('a', policyId);
    }
    await vault.repair({ full: true });
    expect(await vault.repair({ full: true })).toMatchObject({ examined: 0 });
    for (const region of regions)
      expect(await region.direct().getArchiveMetadata('a')).toMatchObject({ policyId: 'q', retentionDays: 401 });
  });

  it('brings policies and what is under them to a region that was away', async () => {
    const { vault, ap } = threeRegions();
    ap.fault = 'down';
    await vault.createRetentionPolicy({ policyId: 'p', name: 'P', retentionDays: 2_555 });
    await vault.createRetentionPolicy({ policyId: 'unused', name: 'U', retentionDays: 1 });
    await vault.archiveSession(entry);
    await vault.applyRetentionPolicy('a', 'p');
    ap.release();
    await vault.repair({ full: true });
    expect(await ap.direct().getArchiveMetadata('a')).toMatchObject({ policyId: 'p', retentionDays: 2_555 });
    expect(await ap.direct().listRetentionPolicies()).toHaveLength(2);
    await expect(vault.createRetentionPolicy({ policyId: 'p', name: 'P', retentionDays: 1 })).rejects.toMatchObject({
      status: 409,
    });
  });
});

describe('repair', () => {
  it('fills an empty region, window by window of time', async () => {
    const { vault, us } = threeRegions({ lagMs: 10_000 });
    const times = [5, 1, 1, 1, 9, 3, 3, 7, 2, 8];
    for (const [i, day] of times.entries())
      await vault.archiveSession({ ...entry, id: `a${String(i)}`, archivedAt: new Date(day * 86_400_000) });
    us.wipe();
    expect(await vault.repair({ full: true, windowSize: 2 })).toMatchObject({ examined: 10, mended: 10 });
    expect(await vault.repair({ full: true, windowSize: 2 })).toMatchObject({ examined: 0 });
    expect((await us.direct().listArchives()).archives).toHaveLength(10);
  });

  it('spreads nothing that is damaged, and finds it when told to verify', async () => {
    const { vault, eu, us, ap } = threeRegions({ lagMs: 10_000 });
    const corrupt: MultiRegionEvents['corrupt'][] = [];
    vault.events.on('corrupt', (event) => corrupt.push(event));
    await vault.archiveSession(entry);
    eu.fault = 'corrupt';
    us.fault = 'corrupt';
    ap.wipe();
    expect(await vault.repair({ full: true })).toMatchObject({ mended: 0, undecided: 1 });
    eu.release();
    expect(await vault.repair()).toMatchObject({ mended: 1 });
    expect((await ap.direct().retrieveSession('a')).data).toEqual(entry.data);
    corrupt.length = 0;
    await vault.repair({ verify: true });
    expect(corrupt).toEqual([{ region: 'us', archiveId: 'a' }]);
  });

  it('remembers a bounded number of archives', async () => {
    const { vault, ap } = threeRegions({ maxPending: 2 });
    const told = heard(vault);
    ap.fault = 'down';
    for (const id of ['a', 'b', 'c']) await vault.archiveSession({ ...entry, id });
    await vault.idle();
    expect([vault.pending, told.filter((each) => each.startsWith('forgotten'))]).toEqual([2, ['forgotten ']]);
    ap.release();
    await vault.repair({ full: true });
    expect((await ap.direct().listArchives()).archives).toHaveLength(3);
  });

  it('loses nothing that is pending when it is aborted', async () => {
    const { vault, ap } = threeRegions();
    ap.fault = 'down';
    for (const id of ['a', 'b']) await vault.archiveSession({ ...entry, id });
    await vault.idle();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(vault.repair({ signal })).rejects.toThrow('enough');
    expect(vault.pending).toBe(2);
  });

  it('a listener that throws changes nothing', async () => {
    const { vault, ap } = threeRegions();
    vault.events.on('lagging', () => {
      throw new Error('from a listener');
    });
    ap.fault = 'down';
    await vault.archiveSession(entry);
    await vault.idle();
    expect(vault.pending).toBe(1);
  });
});

describe('construction', () => {
  const region = (name: string) => ({ name, apiKey: 'k', baseUrl: 'http://vault.test' });
  const two = { sealer, regions: [region('eu'), region('us')] };
  it.each([
    [{ ...two, regions: [region('eu')] }, 'regions must name at least two regions, got 1'],
    [{ ...two, regions: [region('eu'), region('eu')] }, 'regions must have different names, got "eu" twice'],
    [{ ...two, regions: [region('e/u'), region('us')] }, 'name must not hold a slash, got "e/u"'],
    [{ ...two, writeTo: { primary: 'mars' } }, 'writeTo.primary must name a region, got "mars"'],
    [{ ...two, lagMs: -1 }, 'lagMs must be an integer from 0 to 2147483647, got -1'],
    [{ ...two, hedgeAfterMs: 0.5 }, 'hedgeAfterMs must be'],
    [{ ...two, maxPending: 0 }, 'maxPending must be an integer >= 1, got 0'],
    [{ ...two, batchSize: 0 }, 'batchSize must be'],
    [{ ...two, regions: [region('eu'), { ...region('us'), apiKey: '' }] }, 'apiKey is required'],
    [{ ...two, sealer: undefined as never }, 'sealer is required'],
    [{ ...two, lag: 1 }, 'there is no option lag'],
  ])('the options %# are refused: %s', (options, message) => {
    expect(() => new MultiRegionVault(options)).toThrow(InvalidConfigError);
    expect(() => new MultiRegionVault(options)).toThrow(message);
  });

  it('refuses a repair in windows of nothing', async () => {
    await expect(threeRegions().vault.repair({ full: true, windowSize: 0 })).rejects.toThrow('windowSize');
  });
});
