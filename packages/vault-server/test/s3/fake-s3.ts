import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

import { FakeBucket, type Retention } from './fake-bucket.ts';
import { S3Refusal } from './refusal.ts';
import { checkSignature, type Credentials } from './signature.ts';

/** What goes wrong with a request. */
export type Fault =
  /** 503, before anything is done. */
  | 'slow-down'
  /** The connection breaks, after it was done. */
  | 'lost-answer'
  /** The answer breaks off in the middle of its body. */
  | 'cut-body'
  /** A completion answers 200 and has an error for a body. */
  | 'error-in-200';

export interface FakeS3 {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly bucket: FakeBucket;
  /** Of every request: method, and what it is about. */
  readonly requests: readonly string[];
  /** Decides what goes wrong with a request such as `PUT object`. @default nothing */
  fault: (request: string) => Fault | undefined;
  /** Most keys on a page of a list. @default 1000 */
  maxKeys: number;
  /** Whether retention and holds are acknowledged and forgotten. @default false */
  forgetsLocks: boolean;
  stop(): Promise<void>;
}

export const fakeBucketName = 'archives';

/**
 * A strict stand-in for S3 over HTTP: it checks signatures, checksums and the rules for parts, keeps versions and locks,
 * and fails on request. Like one real server, it ignores lock headers on the creation of an object.
 */
export async function startFakeS3(bucket = new FakeBucket()): Promise<FakeS3> {
  const credentials = { accessKeyId: 'AKIAFAKE', secretAccessKey: 'secret/fake' };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const fake: FakeS3 = {
    endpoint: '',
    credentials,
    bucket,
    requests,
    fault: () => undefined,
    maxKeys: 1000,
    forgetsLocks: false,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const name = nameOf(request);
    requests.push(name);
    const fault = fake.fault(name);
    try {
      if (fault === 'slow-down') throw new S3Refusal(503, 'SlowDown');
      checkSignature(request, body, credentials);
      checkChecksums(request, body);
      const { status = 200, headers = {}, content = '' } = act(fake, request, body);
      if (fault === 'lost-answer') return void request.socket.destroy();
      if (fault === 'error-in-200') {
        response.writeHead(200, { 'content-type': 'application/xml' });
        return void response.end(new S3Refusal(200, 'InternalError').xml);
      }
      response.writeHead(status, { 'content-length': Buffer.byteLength(content), ...headers });
      if (fault !== 'cut-body') return void response.end(request.method === 'HEAD' ? '' : content);
      response.write(content.slice(0, content.length / 2), () => request.socket.destroy());
    } catch (error) {
      if (!(error instanceof S3Refusal)) throw error;
      response.writeHead(error.status, { 'content-type': 'application/xml' });
      response.end(request.method === 'HEAD' ? '' : error.xml);
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(fake, { endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` });
}

const subresources = ['versions', 'uploads', 'uploadId', 'retention', 'legal-hold'] as const;

/** For example `PUT object`, `POST uploads`, `PUT retention`. */
function nameOf(request: IncomingMessage): string {
  const { searchParams } = new URL(request.url ?? '/', 'http://s3');
  const about = subresources.find((name) => searchParams.has(name)) ?? 'object';
  return `${request.method ?? ''} ${about}`;
}

function checkChecksums(request: IncomingMessage, body: Uint8Array): void {
  const crc = request.headers['x-amz-checksum-crc32'];
  const own = Buffer.alloc(4);
  own.writeUInt32BE(crc32(body));
  if (crc !== undefined && crc !== own.toString('base64')) throw new S3Refusal(400, 'BadDigest');
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64'))
    throw new S3Refusal(400, 'BadDigest');
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string | number>;
  readonly content?: string | Uint8Array;
}

function act(fake: FakeS3, request: IncomingMessage, body: Buffer): Answer {
  const { bucket } = fake;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
  const [, name = '', ...rest] = pathname.split('/');
  if (name !== fakeBucketName) throw new S3Refusal(404, 'NoSuchBucket');
  const key = decodeURIComponent(rest.join('/'));
  const param = (of: string): string => searchParams.get(of) ?? '';
  const versionId = searchParams.get('versionId') ?? undefined;
  switch (nameOf(request)) {
    case 'PUT object': {
      const { id, etag } = bucket.put(key, body);
      return { headers: { etag, 'x-amz-version-id': id } };
    }
    case 'HEAD object':
    case 'GET object':
      return objectAnswer(bucket.get(key, versionId), request);
    case 'DELETE object':
      bucket.delete(key, versionId);
      return { status: 204 };
    case 'GET versions':
      return versionsAnswer(bucket, param('prefix'), param('key-marker'), fake.maxKeys);
    case 'POST uploads':
      return xml(
        `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${bucket.begin(key)}</UploadId></InitiateMultipartUploadResult>`,
      );
    case 'GET uploads':
      return uploadsAnswer(bucket, param('prefix'));
    case 'PUT uploadId':
      return { headers: { etag: bucket.part(key, param('uploadId'), Number(param('partNumber')), body) } };
    case 'POST uploadId': {
      const parts = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
        number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
        etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
      }));
      const { etag } = bucket.complete(key, param('uploadId'), parts);
      return xml(
        `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>${etag}</ETag></CompleteMultipartUploadResult>`,
      );
    }
    case 'DELETE uploadId':
      bucket.abort(key, param('uploadId'));
      return { status: 204 };
    case 'PUT retention': {
      const text = body.toString();
      const mode = /<Mode>(GOVERNANCE|COMPLIANCE)</.exec(text)?.[1] as Retention['mode'] | undefined;
      const until = new Date(/<RetainUntilDate>(.*?)</.exec(text)?.[1] ?? '');
      if (!mode || Number.isNaN(until.getTime())) throw new S3Refusal(400, 'MalformedXML');
      if (!fake.forgetsLocks) bucket.retain(key, { mode, until });
      return {};
    }
    case 'GET retention': {
      const { retention } = bucket.get(key, versionId);
      if (!retention) throw new S3Refusal(404, 'NoSuchObjectLockConfiguration');
      return xml(
        `<Retention><Mode>${retention.mode}</Mode><RetainUntilDate>${retention.until.toISOString()}</RetainUntilDate></Retention>`,
      );
    }
    case 'PUT legal-hold': {
      const version = bucket.get(key, versionId);
      if (!fake.forgetsLocks) version.held = body.toString().includes('<Status>ON<');
      return {};
    }
    case 'GET legal-hold':
      return xml(`<LegalHold><Status>${bucket.get(key, versionId).held ? 'ON' : 'OFF'}</Status></LegalHold>`);
    default:
      throw new S3Refusal(501, 'NotImplemented');
  }
}

function xml(content: string): Answer {
  return {
    headers: { 'content-type': 'application/xml' },
    content: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
  };
}

function objectAnswer(
  { bytes, etag, id }: { bytes: Uint8Array; etag: string; id: string },
  request: IncomingMessage,
): Answer {
  const headers = { etag, 'x-amz-version-id': id, 'accept-ranges': 'bytes' };
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (!match) return { headers: { ...headers, 'content-length': bytes.length }, content: bytes };
  const [first, last] = [Number(match[1]), Math.min(Number(match[2]), bytes.length - 1)];
  if (first > last) throw new S3Refusal(416, 'InvalidRange');
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${first}-${last}/${bytes.length}` },
    content: bytes.subarray(first, last + 1),
  };
}

/** Keys in order, each with its versions, newest first; a page ends after a key. */
function versionsAnswer(bucket: FakeBucket, prefix: string, marker: string, maxKeys: number): Answer {
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && key > marker).sort();
  const entries: string[] = [];
  let last = '';
  for (const key of keys) {
    if (entries.length >= maxKeys) break;
    last = key;
    for (const { id, bytes, modified } of [...(bucket.objects.get(key) ?? [])].reverse()) {
      const tag = bytes ? 'Version' : 'DeleteMarker';
      entries.push(
        `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId><LastModified>${modified.toISOString()}</LastModified></${tag}>`,
      );
    }
  }
  const more = last !== '' && last !== keys.at(-1);
  const next = more ? `<NextKeyMarker>${last}</NextKeyMarker>` : '';
  return xml(`<ListVersionsResult><IsTruncated>${more}</IsTruncated>${next}${entries.join('')}</ListVersionsResult>`);
}

function uploadsAnswer(bucket: FakeBucket, prefix: string): Answer {
  const uploads = [...bucket.multiparts.values()].filter(({ key }) => key.startsWith(prefix));
  const entries = uploads.map(
    ({ key, id, initiated }) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
  );
  return xml(
    `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListMultipartUploadsResult>`,
  );
}
