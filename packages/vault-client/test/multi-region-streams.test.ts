import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it, vi } from 'vitest';
import { IntegrityError, type MultiRegionVault, type Progress } from '../src/index.ts';
import { fileSpool } from '../src/node/index.ts';
import { threeRegions, type FaultyRegion } from './regions.ts';

const input = { id: 'a', sessionId: 's', tags: ['t'] };
const bytes = randomBytes(100_000);
const partBytes = 20_000;
/** Everything that is larger goes in parts. */
const small = { maxBatchBytes: 10_000 };

async function* source(content: Uint8Array = bytes): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < content.length; at += 9_999) {
    await Promise.resolve();
    yield content.subarray(at, at + 9_999);
  }
}

async function all(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

function heard(vault: MultiRegionVault): string[] {
  const told: string[] = [];
  vault.events.on('*', (type, event) => void told.push(`${type} ${'region' in event ? event.region : ''}`));
  return told;
}

/** The digest of `a` in each region, or the status that it answers. */
async function digestsIn(regions: readonly FaultyRegion[]): Promise<unknown[]> {
  const digestIn = (region: FaultyRegion): Promise<unknown> =>
    region
      .direct()
      .verifyArchive('a')
      .then(
        ({ digest }) => digest,
        (error: unknown) => (error as { status?: number }).status,
      );
  return Promise.all(regions.map(digestIn));
}

/** How often each region was asked for a part to be taken. */
function partsSentTo(regions: readonly FaultyRegion[]): number[] {
  return regions.map(({ asked }) => asked.filter((one) => one.startsWith('PATCH')).length);
}

describe('archiveStream over regions', () => {
  it('V1: sends the same sealed bytes everywhere, a part at a time, and gives them back', async () => {
    const { vault, regions } = threeRegions({ lagMs: 10_000 });
    const progress: Progress[] = [];
    const onProgress = (each: Progress): void => void progress.push(each);
    const { digest, size } = await vault.archiveStream(source(), input, { partBytes, onProgress });
    expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
    expect(partsSentTo(regions)).toEqual([6, 6, 6]);
    expect(progress.map((each) => each.bytes)).toEqual([20_000, 40_000, 60_000, 80_000, 100_000, size]);
    expect(progress.at(-1)?.total).toBe(size);
    expect((await all(vault.retrieveStream('a', { partBytes: 7_000 }))).equals(bytes)).toBe(true);
    expect(vault.pending).toBe(0);
  });

  it.each([0, 1, partBytes])('takes %i bytes', async (length) => {
    const { vault } = threeRegions({ lagMs: 10_000 });
    const content = bytes.subarray(0, length);
    await vault.archiveStream(source(content), input, { partBytes });
    expect((await all(vault.retrieveStream('a'))).equals(content)).toBe(true);
  });

  it('goes on without a region that fails midway; a repair brings it there in parts, the same bytes', async () => {
    const { vault, regions, us } = threeRegions(small);
    const told = heard(vault);
    const onProgress = ({ bytes: done }: Progress): void => {
      if (done === 40_000) us.fault = 'down';
    };
    const { digest } = await vault.archiveStream(source(), input, { partBytes, onProgress });
    await vault.idle();
    us.release();
    expect(await digestsIn(regions)).toEqual([digest, 404, digest]);
    expect([told, vault.pending]).toEqual([['lagging us'], 1]);
    us.asked.length = 0;
    expect(await vault.repair()).toMatchObject({ mended: 1, undecided: 0 });
    expect(partsSentTo([us])).toEqual([1]);
    expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
    expect(told.at(-1)).toBe('copied us');
  });

  it('leaves behind a region that is late with a part', async () => {
    const clock = new TestClock();
    const { vault, regions, ap } = threeRegions({ lagMs: 500, clock });
    const onProgress = ({ bytes: done }: Progress): void => {
      if (done === 40_000) ap.fault = 'slow';
    };
    let done = false;
    const archiving = vault.archiveStream(source(), input, { partBytes, onProgress }).finally(() => (done = true));
    await vi.waitFor(async () => {
      await clock.advance(100);
      expect(done).toBe(true);
    });
    const { digest } = await archiving;
    // The late upload is given up, for which the region must be there.
    ap.release();
    await vault.idle();
    expect(await digestsIn(regions)).toEqual([digest, digest, 404]);
    expect(vault.pending).toBe(1);
  });

  it('fails when too few take it, closes the source, leaves nothing behind, and works when tried again', async () => {
    const { vault, regions, eu, us } = threeRegions(small);
    let closed = false;
    const watched = async function* (): AsyncGenerator<Uint8Array, void, void> {
      try {
        yield* source();
      } finally {
        closed = true;
      }
    };
    const onProgress = ({ bytes: done }: Progress): void => {
      if (done === 40_000) eu.fault = us.fault = 'down';
    };
    const failure = await failureOf(vault.archiveStream(watched(), input, { partBytes, onProgress }));
    expect(failure).toMatchObject({ code: 'connection' });
    await vault.idle();
    expect(closed).toBe(true);
    for (const region of regions) region.release();
    expect(await digestsIn(regions)).toEqual([404, 404, 404]);
    expect(regions[2]!.asked.at(-1)).toMatch(/^DELETE \/api\/v1\/uploads/);
    await vault.archiveStream(source(), input, { partBytes });
    expect((await all(vault.retrieveStream('a'))).equals(bytes)).toBe(true);
  });

  it('to a primary needs the primary and nobody else', async () => {
    const { vault, us, ap } = threeRegions({ writeTo: { primary: 'eu' } });
    us.fault = ap.fault = 'down';
    await vault.archiveStream(source(), input, { partBytes });
    expect((await all(vault.retrieveStream('a'))).equals(bytes)).toBe(true);
  });

  it('the same again is the same archive, brought to all; other content is not', async () => {
    const { vault, regions, ap } = threeRegions(small);
    ap.fault = 'down';
    const { digest } = await vault.archiveStream(source(), input, { partBytes });
    ap.release();
    expect(await vault.archiveStream(source(), input, { partBytes })).toMatchObject({ digest, duplicate: true });
    expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
    const other = Buffer.from(bytes);
    other[70_000]! ^= 1;
    for (const [content, entry] of [
      [other, input],
      [bytes, { ...input, sessionId: 'other' }],
    ] as const)
      expect(await failureOf(vault.archiveStream(source(content), entry))).toBeInstanceOf(IntegrityError);
  });

  it('never brings back what was deleted', async () => {
    const { vault, ap } = threeRegions();
    ap.fault = 'down';
    await vault.archiveStream(source(), input);
    await vault.deleteArchive('a');
    ap.release();
    expect(await failureOf(vault.archiveStream(source(), input))).toMatchObject({ status: 410 });
  });

  it('passes on what the source rejects with, and the reason of its signal', async () => {
    const { vault, regions } = threeRegions();
    const broken = async function* (): AsyncGenerator<Uint8Array, void, void> {
      yield bytes.subarray(0, 50_000);
      await Promise.resolve();
      throw new Error('the disk is gone');
    };
    await expect(vault.archiveStream(broken(), input, { partBytes })).rejects.toThrow('the disk is gone');
    const reason = new Error('enough');
    const abort = new AbortController();
    const onProgress = (): void => abort.abort(reason);
    const aborted = vault.archiveStream(source(), input, { partBytes, onProgress, signal: abort.signal });
    await expect(aborted).rejects.toBe(reason);
    await vault.idle();
    expect(await digestsIn(regions)).toEqual([404, 404, 404]);
  });

  it('with a spool another process goes on from the token; the spool is cleared when no region reads it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'region-spool-'));
    try {
      const { vault, vaultOver, regions, eu, us } = threeRegions(small);
      const spool = fileSpool({ folder });
      let token = '';
      const onProgress = ({ bytes: done }: Progress): void => {
        if (done === 40_000) eu.fault = us.fault = 'down';
      };
      const onToken = (given: string): void => void (token = given);
      const dying = vault.archiveStream(source(), input, { partBytes, spool, onToken, onProgress });
      expect(await failureOf(dying)).toMatchObject({ code: 'connection' });
      await vault.idle();
      expect(await readdir(folder)).toHaveLength(1);
      for (const region of regions) region.release();
      const other = vaultOver();
      const { digest } = await other.resumeArchiveStream(token, { spool, partBytes });
      await other.idle();
      expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
      expect(await readdir(folder)).toEqual([]);
      expect((await other.resumeArchiveStream(token, { spool })).digest).toBe(digest);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('needs a spool for a token', async () => {
    const { vault } = threeRegions();
    await expect(vault.archiveStream(source(), input, { onToken: () => undefined })).rejects.toThrow('needs spool');
  });
});

describe('retrieveStream over regions', () => {
  it('goes on in the next region when the nearest fails midway', async () => {
    const { vault, eu } = threeRegions({ lagMs: 10_000 });
    await vault.archiveStream(source(), input);
    const progress: number[] = [];
    const onProgress = ({ bytes: done }: Progress): void => {
      progress.push(done);
      if (done > 50_000) eu.fault = 'down';
    };
    expect((await all(vault.retrieveStream('a', { partBytes: 30_000, onProgress }))).equals(bytes)).toBe(true);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(eu.asked.filter((one) => one.endsWith('/content'))).toHaveLength(3);
  });

  it('V2: never gives damaged content, and tells where it is', async () => {
    const { vault, regions, eu } = threeRegions({ lagMs: 10_000 });
    const told = heard(vault);
    await vault.archiveStream(source(), input);
    eu.fault = 'corrupt';
    expect((await all(vault.retrieveStream('a'))).equals(bytes)).toBe(true);
    expect(told).toEqual(['corrupt eu']);
    for (const region of regions) region.fault = 'corrupt';
    expect(await failureOf(all(vault.retrieveStream('a')))).toBeInstanceOf(IntegrityError);
  });

  it('never says that there is nothing while one that has it may be away', async () => {
    const { vault, eu, ap, us } = threeRegions({ writeTo: { primary: 'eu' } });
    us.fault = ap.fault = 'down';
    await vault.archiveStream(source(), input);
    us.release();
    ap.release();
    const onProgress = (): void => void (eu.fault = 'down');
    const failure = await failureOf(all(vault.retrieveStream('a', { partBytes: 30_000, onProgress })));
    expect(failure).toMatchObject({ code: 'connection' });
  });

  it('says what a single vault says of what is not there', async () => {
    const { vault } = threeRegions({ lagMs: 10_000 });
    expect(await failureOf(all(vault.retrieveStream('none')))).toMatchObject({ status: 404 });
    await vault.archiveStream(source(), input);
    await vault.deleteArchive('a');
    expect(await failureOf(all(vault.retrieveStream('a')))).toMatchObject({ status: 410 });
    const reason = new Error('enough');
    expect(await failureOf(all(vault.retrieveStream('a', { signal: AbortSignal.abort(reason) })))).toBe(reason);
  });
});

describe('repair of what is large', () => {
  async function missingInAp(options: object = {}) {
    const three = threeRegions({ ...small, ...options });
    three.ap.fault = 'down';
    const { digest } = await three.vault.archiveStream(source(), input);
    await three.vault.idle();
    three.ap.release();
    three.ap.asked.length = 0;
    return { ...three, digest, told: heard(three.vault) };
  }

  it('spreads nothing that is damaged: what does not open is not committed, another region’s copy is', async () => {
    const { vault, regions, eu, us, ap, digest, told } = await missingInAp();
    eu.fault = us.fault = 'corrupt';
    expect(await vault.repair()).toMatchObject({ mended: 0, undecided: 1 });
    expect(told).toEqual(['corrupt eu', 'corrupt us']);
    expect(ap.asked.filter((one) => !one.startsWith('GET'))).toEqual([
      'POST /api/v1/archive',
      expect.stringMatching(/^DELETE/),
      'POST /api/v1/archive',
      expect.stringMatching(/^DELETE/),
    ]);
    expect((await digestsIn([ap]))[0]).toBe(404);
    us.release();
    expect(await vault.repair()).toMatchObject({ mended: 1, undecided: 0 });
    expect(told.slice(2)).toEqual(['corrupt eu', 'copied ap']);
    eu.release();
    expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
  });

  it('waits for the next one when the region takes nothing, or its answers are lost', async () => {
    const { vault, regions, ap, digest, told } = await missingInAp();
    ap.refuse = 'PATCH';
    expect(await vault.repair()).toMatchObject({ undecided: 1 });
    expect(told).toEqual(['lagging ap']);
    ap.refuse = undefined;
    expect(await vault.repair()).toMatchObject({ mended: 1 });
    expect(await digestsIn(regions)).toEqual([digest, digest, digest]);
  });

  it('finds damage when told to verify, at the end of an archive too', async () => {
    const { vault, us, told } = await missingInAp();
    us.fault = 'corrupt';
    expect(await vault.repair({ verify: true })).toMatchObject({ unreachable: [] });
    expect(told.filter((one) => one.startsWith('corrupt'))).toEqual(['corrupt us']);
  });
});

describe('sealed streams', () => {
  it('go from one vault to another without a key; bytes that are not the archive are refused', async () => {
    const { vault, eu, us, ap } = threeRegions({ lagMs: 10_000 });
    await vault.archiveStream(source(), input);
    us.wipe();
    const { entry, digest, content } = await eu.direct().retrieveSealedStream('a', { partBytes: 30_000 });
    expect((await us.direct().archiveSealedStream(content, entry)).digest).toBe(digest);
    expect(await us.direct().getArchiveMetadata('a')).toMatchObject({ digest, tags: ['t'], sessionId: 's' });
    const again = await eu.direct().retrieveSealedStream('a');
    expect((await us.direct().archiveSealedStream(again.content, entry)).duplicate).toBe(true);

    ap.wipe();
    const lying = async function* () {
      yield await Promise.resolve(new Uint8Array(50));
      return { digest, size: 50 };
    };
    const failure = await failureOf(ap.direct().archiveSealedStream(lying(), entry));
    expect(failure).toMatchObject({ code: 'api', retryable: false });
    expect((await digestsIn([ap]))[0]).toBe(404);
    const other = async function* () {
      yield await Promise.resolve(new Uint8Array(50));
      return { digest: `sha256:${'0'.repeat(64)}`, size: 50 };
    };
    expect(await failureOf(us.direct().archiveSealedStream(other(), entry))).toBeInstanceOf(IntegrityError);
  });
});
