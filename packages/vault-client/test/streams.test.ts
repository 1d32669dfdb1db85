import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IntegrityError, type Progress } from '../src/index.ts';
import { archiveSealer, fileSpool } from '../src/node/index.ts';
import { vaultFor, type Tamper } from './vault.ts';

const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }), compression: 'none' });
const words = 'words nobody else may read';
const input = { id: 'archive-1', sessionId: 'session-1', tags: ['t'], metadata: { Team: 'a' } };
const bytes = Buffer.from(JSON.stringify({ text: words.repeat(2000) }));

function webStream(content: Buffer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      for await (const chunk of source(content)) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function* source(content: Uint8Array = bytes, pieceBytes = 999): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
}
async function all(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('expected a failure');
  return error;
}

describe('archiveStream', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vault-spool-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('V1: archives a stream in parts and gives it back, byte for byte', async () => {
    const { client, sent } = vaultFor();
    const vault = client({ sealer });
    const progress: Progress[] = [];
    const receipt = await vault.archiveStream(source(), input, {
      partBytes: 20_000,
      onProgress: (p) => progress.push(p),
    });
    expect(receipt).toMatchObject({ archiveId: 'archive-1', sessionId: 'session-1', duplicate: false });
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
    expect(progress.map((p) => p.bytes)).toEqual([20_000, 40_000, receipt.size]);
    expect(progress.at(-1)).toEqual({ bytes: receipt.size, total: receipt.size });
    const back: Progress[] = [];
    const content = vault.retrieveStream('archive-1', { partBytes: 7_000, onProgress: (p) => back.push(p) });
    expect((await all(content)).equals(bytes)).toBe(true);
    expect(back).toHaveLength(8);
    expect(await vault.retrieveSession('archive-1')).toMatchObject({ data: { text: words.repeat(2000) }, tags: ['t'] });
    for (const { body } of sent) expect(Buffer.from(body).includes(words)).toBe(false);
  });

  it.each([0, 1, 19_999, 20_000, 20_001])('takes %i bytes, from a web stream too', async (size) => {
    const { client } = vaultFor();
    const content = Buffer.alloc(size, 7);
    await client({ sealer }).archiveStream(webStream(content), input, { partBytes: 20_000 });
    expect((await all(client({ sealer }).retrieveStream('archive-1', { partBytes: 1_000 }))).equals(content)).toBe(
      true,
    );
  });

  /** Loses every second answer, half of the requests' bodies before the vault and half after it. */
  function unreliable(): Tamper {
    let count = 0;
    return async (next, request) => {
      count++;
      if (count % 4 === 1) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      const response = await next(request);
      if (count % 4 === 3) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      return response;
    };
  }

  it('H5: a network that loses requests and answers changes nothing', async () => {
    const { client, sent } = vaultFor();
    const vault = client({ sealer, breaker: false }, unreliable());
    const receipt = await vault.archiveStream(source(), input, { partBytes: 5_000 });
    expect((await all(vault.retrieveStream('archive-1', { partBytes: 3_000 }))).equals(bytes)).toBe(true);
    expect((await client({ sealer }).verifyArchive('archive-1')).digest).toBe(receipt.digest);
    const keys = sent.filter(({ method }) => method === 'POST').map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(1);
    expect(sent.length).toBeGreaterThan(30);
  });

  it('goes on inside a part of which the vault took only some', async () => {
    const { client } = vaultFor();
    let cut = 0;
    const half: Tamper = async (next, request) => {
      if (request.method !== 'PATCH' || cut++ !== 0) return next(request);
      const body = new Uint8Array(await request.arrayBuffer());
      const { url, headers } = request;
      await next(new Request(url, { method: 'PATCH', headers, body: body.subarray(0, body.length / 2) }));
      throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    };
    await client({ sealer }, half).archiveStream(source(), input, { partBytes: 20_000 });
    expect((await all(client({ sealer }).retrieveStream('archive-1'))).equals(bytes)).toBe(true);
  });

  it('another process goes on from the token with the same sealed bytes', async () => {
    const { client } = vaultFor();
    const spool = fileSpool({ folder });
    let token = '';
    let parts = 0;
    const dies: Tamper = (next, request) =>
      request.method === 'PATCH' && ++parts > 2
        ? Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }))
        : next(request);
    const dying = client({ sealer, retry: { maxAttempts: 1 } }, dies);
    const options = { spool, partBytes: 10_000, onToken: (given: string) => void (token = given) };
    expect(await failureOf(dying.archiveStream(source(), input, options))).toMatchObject({ code: 'connection' });
    expect(token).not.toContain(words);
    const [file] = await readdir(folder);
    expect((await readFile(join(folder, file!))).includes(words)).toBe(false);

    // It needs no sealer: nothing is sealed again.
    const other = client();
    const progress: Progress[] = [];
    const receipt = await other.resumeArchiveStream(token, {
      spool,
      partBytes: 10_000,
      onProgress: (p) => progress.push(p),
    });
    expect(progress[0]?.bytes).toBe(30_000);
    expect(receipt.digest).toBe((JSON.parse(token) as { digest: string }).digest);
    expect((await all(client({ sealer }).retrieveStream('archive-1'))).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
    const again = await other.resumeArchiveStream(token, { spool });
    expect(again.digest).toBe(receipt.digest);
  });

  it('begins again from the spool when the vault has forgotten the upload', async () => {
    const { client, server, key } = vaultFor();
    const spool = fileSpool({ folder });
    let token = '';
    const cancel: Tamper = async (next, request) => {
      const answer = await next(request);
      if (request.method !== 'PATCH') return answer;
      const headers = { authorization: `Bearer ${key}` };
      await server.fetch(new Request(request.url, { method: 'DELETE', headers }));
      throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    };
    const options = { spool, partBytes: 10_000, onToken: (given: string) => void (token = given) };
    expect(await failureOf(client({ sealer }, cancel).archiveStream(source(), input, options))).toMatchObject({
      status: 404,
    });
    await client().resumeArchiveStream(token, { spool });
    expect((await all(client({ sealer }).retrieveStream('archive-1'))).equals(bytes)).toBe(true);
  });

  it('the same session again is the same archive, with and without spool; other content is not', async () => {
    const { client } = vaultFor();
    const vault = client({ sealer });
    const first = await vault.archiveStream(source(), input);
    for (const options of [{}, { spool: fileSpool({ folder }) }]) {
      expect(await vault.archiveStream(source(), input, options)).toMatchObject({
        digest: first.digest,
        duplicate: true,
      });
      const other = vault.archiveStream(source(Buffer.from('{"text":"other"}')), input, options);
      expect(await failureOf(other)).toBeInstanceOf(IntegrityError);
    }
    expect(await failureOf(vault.archiveStream(source(), { ...input, sessionId: 's-2' }))).toMatchObject({
      status: 409,
    });
  });

  it('a source that fails leaves nothing behind, nor does an abort', async () => {
    const { client, sent } = vaultFor();
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw new Error('the disk is gone');
    };
    const abort = new AbortController();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; ; i++) {
        if (i === 20) abort.abort(new Error('enough'));
        yield bytes;
      }
    };
    const vault = client({ sealer });
    for (const options of [{}, { spool: fileSpool({ folder }) }]) {
      expect((await failureOf(vault.archiveStream(failing(), input, options))).message).toBe('the disk is gone');
    }
    const aborted = vault.archiveStream(endless(), input, { signal: abort.signal, partBytes: 10_000 });
    expect((await failureOf(aborted)).message).toBe('enough');
    expect(await readdir(folder)).toEqual([]);
    expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
  });

  it('a receipt with another digest is refused', async () => {
    const { client } = vaultFor();
    const lie: Tamper = async (next, request) => {
      const response = await next(request);
      if (response.status !== 200) return response;
      return Response.json({ ...((await response.json()) as object), digest: `sha256:${'0'.repeat(64)}` }, response);
    };
    expect(await failureOf(client({ sealer }, lie).archiveStream(source(), input))).toBeInstanceOf(IntegrityError);
  });

  it.each([
    [{}, {}, 'archiveStream needs a sealer'],
    [{ sealer }, { partBytes: 0 }, 'partBytes must be an integer >= 1, got 0'],
    [{ sealer }, { onToken: () => undefined }, 'onToken needs spool'],
  ])('needs what it works with', async (clientOptions, options, message) => {
    const { client, sent } = vaultFor();
    expect((await failureOf(client(clientOptions).archiveStream(source(), input, options))).message).toContain(message);
    expect(sent).toEqual([]);
  });

  it.each(['', 'null', '{"version":2}', '{"version":1,"name":"../../etc/passwd"}'])(
    'refuses the token %j',
    async (token) => {
      const { client } = vaultFor();
      const failure = await failureOf(client().resumeArchiveStream(token, { spool: fileSpool({ folder }) }));
      expect(failure).toMatchObject({ code: 'serialization' });
    },
  );
});

describe('retrieveStream', () => {
  const archived = async (tamper?: Tamper, options = { sealer }) => {
    const { client } = vaultFor();
    await client({ sealer }).archiveStream(source(), input);
    return client(options, tamper);
  };

  it('V2: a flipped bit ends in an error, never in a clean end', async () => {
    for (const at of [0, 5, -1]) {
      const flip: Tamper = async (next, request) => {
        const response = await next(request);
        if (!request.url.endsWith('/content')) return response;
        const body = new Uint8Array(await response.arrayBuffer());
        body[at < 0 ? body.length + at : at]! ^= 1;
        return new Response(body, response);
      };
      const vault = await archived(flip);
      expect(await failureOf(all(vault.retrieveStream('archive-1', { partBytes: 1e6 })))).toBeInstanceOf(
        IntegrityError,
      );
    }
  });

  it('a vault that gives other ranges, or all at once, is an error', async () => {
    const shift: Tamper = (next, request) => {
      const headers = new Headers(request.headers);
      if (headers.has('range')) headers.set('range', 'bytes=0-9');
      return next(new Request(request, { headers }));
    };
    expect(await failureOf(all((await archived(shift)).retrieveStream('archive-1')))).toBeInstanceOf(IntegrityError);
  });

  it('gives what the vault sealed, and tells what it lacks', async () => {
    const { client } = vaultFor();
    await client().archiveSession({ id: 'server', sessionId: 's', dataJson: '{"n":1.0}' });
    expect((await all(client().retrieveStream('server'))).toString()).toBe('{"n":1.0}');
    await client({ sealer }).archiveStream(source(), input);
    expect((await failureOf(all(client().retrieveStream('archive-1')))).message).toContain('openStream');
    expect(await failureOf(all(client().retrieveStream('none')))).toMatchObject({ status: 404 });
  });

  it('passes the reason of its signal', async () => {
    const vault = await archived();
    const abort = new AbortController();
    const content = vault.retrieveStream('archive-1', { partBytes: 1_000, signal: abort.signal });
    abort.abort(new Error('enough'));
    expect((await failureOf(all(content))).message).toBe('enough');
  });
});
