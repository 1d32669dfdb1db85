import {
  checkAccept,
  pathId,
  problem,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { heldArchive, heldRange } from '../archive/held-archive.ts';
import { callerOf } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';

const mediaType = 'application/octet-stream';
const inOnePieceBytes = 1024 * 1024;

/** `GET /api/v1/archive/{id}/content`: the sealed bytes or one range of them (RFC 9110, section 14). */
export function archiveContent(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    checkAccept(c, mediaType);
    const record = await heldArchive(vault, callerOf(c).tenant, pathId(c));
    const etag = `"${record.digest}"`;
    const headers = {
      etag,
      'repr-digest': reprDigest(record.digest),
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
    };
    if (isHeldByCaller(c, etag)) return new Response(null, { status: 304, headers });
    const range = requestedRange(c, record.size, etag);
    const { start, end } = range ?? { start: 0, end: record.size };
    const body = c.req.method === 'HEAD' ? null : await heldBytes(vault, record, start, end);
    return new Response(body, {
      status: range ? 206 : 200,
      headers: {
        ...headers,
        'content-type': mediaType,
        'content-length': String(end - start),
        ...(range && { 'content-range': `bytes ${start}-${end - 1}/${record.size}` }),
      },
    });
  };
}

/** In one piece where that is small, as a stream where it is not. */
async function heldBytes(vault: Vault, record: ArchiveRecord, start: number, end: number): Promise<BodyInit> {
  const pieces = await heldRange(vault, record, start, end);
  if (end - start > inOnePieceBytes) return streamOf(pieces);
  const whole: Uint8Array[] = [];
  for await (const piece of pieces) whole.push(piece);
  return Buffer.concat(whole);
}

function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // Nothing is read ahead of the reader.
    { highWaterMark: 0 },
  );
}

/** `sha256:<hex>` as RFC 9530 writes it. */
function reprDigest(digest: string): string {
  return `sha-256=:${Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')}:`;
}

function isHeldByCaller(c: ServiceContext, etag: string): boolean {
  const tags = c.req.header('if-none-match')?.split(',') ?? [];
  return tags.some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}

interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The one range asked for; several, or a range of another version, count as none. @throws 416 */
function requestedRange(c: ServiceContext, size: number, etag: string): ByteRange | undefined {
  const ifRange = c.req.header('if-range');
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(c.req.header('range') ?? '');
  if (!match || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start < end) return { start, end };
  throw problem(416, 'range-not-satisfiable', `the archive has ${size} bytes`, {
    headers: { 'content-range': `bytes */${size}` },
  });
}
