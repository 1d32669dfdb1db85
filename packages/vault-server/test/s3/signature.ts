import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';

import { S3Refusal } from './refusal.ts';

/** Who may call the fake. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As AWS Signature Version 4 encodes: everything but unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function headerOf(request: IncomingMessage, name: string): string {
  return [request.headers[name] ?? ''].flat().join(',').trim().replace(/ +/g, ' ');
}

/** Refuses a request whose signature (AWS Signature Version 4, in the header) or body hash is not right. */
export function checkSignature(
  request: IncomingMessage,
  body: Uint8Array,
  { accessKeyId, secretAccessKey }: Credentials,
): void {
  const parsed =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (!parsed) throw new S3Refusal(403, 'AccessDenied');
  const [, keyId = '', date = '', region = '', signedHeaders = '', signature = ''] = parsed;
  if (keyId !== accessKeyId) throw new S3Refusal(403, 'InvalidAccessKeyId');
  const names = signedHeaders.split(';');
  const amzHeaders = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'));
  if (['host', ...amzHeaders].some((name) => !names.includes(name))) throw new S3Refusal(403, 'AccessDenied');

  const timestamp = headerOf(request, 'x-amz-date');
  const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  const skew = Math.abs(Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - Date.now());
  if (!(skew < 15 * 60_000) || !timestamp.startsWith(date)) throw new S3Refusal(403, 'RequestTimeTooSkewed');

  const promised = headerOf(request, 'x-amz-content-sha256');
  if (promised !== 'UNSIGNED-PAYLOAD' && promised !== sha256(body))
    throw new S3Refusal(400, 'XAmzContentSHA256Mismatch');

  const url = new URL(request.url ?? '/', 'http://s3');
  const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const canonical = [
    request.method,
    url.pathname,
    query.join('&'),
    ...names.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signedHeaders,
    promised,
  ].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (k, part) => hmac(k, part),
    `AWS4${secretAccessKey}`,
  );
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex')))
    throw new S3Refusal(403, 'SignatureDoesNotMatch');
}
