import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type ListMultipartUploadsCommandOutput,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

import { ObjectMissing, type ObjectStorage } from './object-storage.ts';
import { s3Locks } from './s3-locks.ts';
import { explainS3, isS3Error } from './s3-problem.ts';

function explainRead(error: unknown): never {
  if (isS3Error(error, 'NoSuchKey')) throw new ObjectMissing('the object is gone', { cause: error });
  return explainS3(error);
}

/** What {@link s3ObjectStorage} works with. */
export interface S3ObjectStorageOptions {
  /** A client of `@aws-sdk/client-s3`; whoever made it destroys it. */
  readonly client: S3Client;
  /** The bucket; for locks and holds it must have been made with object lock. */
  readonly bucket: string;
  /** Begins every key. Nothing else may write under it: what no archive counts on is removed. @default 'vault/' */
  readonly prefix?: string;
}

/**
 * Object storage that speaks the protocol of Amazon S3, with or without versions.
 *
 * @throws {TypeError} naming the option that is unusable
 */
export function s3ObjectStorage({ client, bucket, prefix = 'vault/' }: S3ObjectStorageOptions): ObjectStorage {
  if (bucket === '') throw new TypeError('`bucket` must name a bucket, got ""');
  if (!/^([\w.-]+\/)*$/.test(prefix))
    throw new TypeError(`\`prefix\` must be empty or end with a slash, got "${prefix}"`);
  const at = (key: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: prefix + key });
  const inBucket = { Bucket: bucket, Prefix: prefix };
  const keyOf = (name: string | undefined): string => (name ?? '').slice(prefix.length);

  async function* versions(startsWith: string): AsyncGenerator<{ name: string; version: string; since: Date }> {
    let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (from) {
      const page: ListObjectVersionsCommandOutput = await client
        .send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + startsWith, ...from }))
        .catch(explainS3);
      for (const { Key, VersionId, LastModified } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        yield { name: Key ?? '', version: VersionId ?? 'null', since: LastModified ?? new Date(0) };
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      from = IsTruncated
        ? {
            ...(NextKeyMarker && { KeyMarker: NextKeyMarker }),
            ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }),
          }
        : undefined;
    }
  }

  const size = async (key: string): Promise<number | undefined> => {
    try {
      return (await client.send(new HeadObjectCommand(at(key)))).ContentLength;
    } catch (error) {
      if (isS3Error(error, 'NotFound', 'NoSuchKey')) return undefined;
      return explainS3(error);
    }
  };

  return {
    ...s3Locks(client, at),
    size,
    put: async (key, bytes) => {
      await client
        .send(new PutObjectCommand({ ...at(key), Body: bytes, ContentLength: bytes.length }))
        .catch(explainS3);
    },
    async *read(key, start, end) {
      const range = `bytes=${start}-${end - 1}`;
      const { Body } = await client.send(new GetObjectCommand({ ...at(key), Range: range })).catch(explainRead);
      let length = 0;
      try {
        for await (const piece of Body as AsyncIterable<Uint8Array>) {
          length += piece.length;
          yield piece;
        }
      } catch (error) {
        explainS3(error);
      }
      // Whoever sends these bytes on has promised how many there are.
      if (length !== end - start) throw new Error(`the object has ${length} bytes in ${range}`);
    },
    remove: async (key) => {
      let all = true;
      // A request that was repeated may have made two versions; a deletion without a version only hides them.
      for await (const { name, version } of versions(key)) {
        if (name !== prefix + key) continue;
        try {
          await client.send(new DeleteObjectCommand({ ...at(key), VersionId: version }));
        } catch (error) {
          if (isS3Error(error, 'NoSuchKey', 'NoSuchVersion')) continue;
          if (!isS3Error(error, 'AccessDenied', 'ObjectLocked', 'InvalidRequest')) explainS3(error);
          all = false;
        }
      }
      return all;
    },
    async *list() {
      for await (const { name, since } of versions('')) yield { key: keyOf(name), since };
    },

    beginParts: async (key) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at(key))).catch(explainS3);
      if (UploadId === undefined) throw new Error('the storage gave no id for a multipart upload');
      return UploadId;
    },
    putPart: async (key, partsId, number, bytes) => {
      const part = { ...at(key), UploadId: partsId, PartNumber: number, Body: bytes, ContentLength: bytes.length };
      const { ETag } = await client.send(new UploadPartCommand(part)).catch(explainS3);
      return { number, etag: ETag ?? '' };
    },
    completeParts: async (key, partsId, parts, bytes) => {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      try {
        await client.send(
          new CompleteMultipartUploadCommand({ ...at(key), UploadId: partsId, MultipartUpload: { Parts } }),
        );
      } catch (error) {
        // An earlier try that was cut off may have succeeded.
        if (!isS3Error(error, 'NoSuchUpload')) explainS3(error);
      }
      const found = await size(key);
      if (found !== bytes)
        throw new Error(`the object of ${parts.length} parts has ${found ?? 'no'} bytes, not ${bytes}`);
    },
    abortParts: async (key, partsId) => {
      try {
        await client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: partsId }));
      } catch (error) {
        if (!isS3Error(error, 'NoSuchUpload')) explainS3(error);
      }
    },
    async *listParts() {
      let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (from) {
        const page: ListMultipartUploadsCommandOutput = await client
          .send(new ListMultipartUploadsCommand({ ...inBucket, ...from }))
          .catch(explainS3);
        for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
          yield { key: keyOf(Key), partsId: UploadId ?? '', since: Initiated ?? new Date(0) };
        const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
        from = IsTruncated
          ? {
              ...(NextKeyMarker && { KeyMarker: NextKeyMarker }),
              ...(NextUploadIdMarker && { UploadIdMarker: NextUploadIdMarker }),
            }
          : undefined;
      }
    },
  };
}
