import { createHash, randomUUID } from 'node:crypto';

import { S3Refusal } from './refusal.ts';

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Date;
}

export interface ObjectVersion {
  readonly id: string;
  /** `undefined` for a delete marker. */
  readonly bytes: Uint8Array | undefined;
  readonly etag: string;
  readonly modified: Date;
  retention: Retention | undefined;
  held: boolean;
}

interface Part {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

interface Multipart {
  readonly id: string;
  readonly key: string;
  readonly initiated: Date;
  readonly parts: Map<number, Part>;
}

const minPartBytes = 5 * 2 ** 20;
const maxPartNumber = 10_000;

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What a versioned bucket with object lock holds, and its rules. */
export class FakeBucket {
  readonly objects = new Map<string, ObjectVersion[]>();
  readonly multiparts = new Map<string, Multipart>();
  /** Now, by the clock of the storage. */
  now = (): Date => new Date();

  put(key: string, bytes: Uint8Array, etag = `"${md5(bytes)}"`): ObjectVersion {
    const version = { id: randomUUID(), bytes, etag, modified: this.now(), retention: undefined, held: false };
    this.#versions(key).push(version);
    return version;
  }

  /** The newest version, or the one named. */
  get(key: string, versionId?: string): ObjectVersion & { readonly bytes: Uint8Array } {
    const versions = this.objects.get(key) ?? [];
    const found = versionId === undefined ? versions.at(-1) : versions.find(({ id }) => id === versionId);
    if (!found) throw new S3Refusal(404, versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    if (!found.bytes)
      throw new S3Refusal(
        versionId === undefined ? 404 : 405,
        versionId === undefined ? 'NoSuchKey' : 'MethodNotAllowed',
      );
    return found as ObjectVersion & { bytes: Uint8Array };
  }

  /** Without a version, a marker is laid over the object, whose versions stay. */
  delete(key: string, versionId?: string): void {
    if (versionId === undefined) {
      const marker = {
        id: randomUUID(),
        bytes: undefined,
        etag: '',
        modified: this.now(),
        retention: undefined,
        held: false,
      };
      this.#versions(key).push(marker);
      return;
    }
    const versions = this.objects.get(key) ?? [];
    const version = versions.find(({ id }) => id === versionId);
    if (!version) return;
    if (version.held || (version.retention && version.retention.until > this.now()))
      throw new S3Refusal(403, 'AccessDenied');
    versions.splice(versions.indexOf(version), 1);
    if (versions.length === 0) this.objects.delete(key);
  }

  /** A lock that runs can be made longer; `COMPLIANCE` never shorter or weaker, `GOVERNANCE` not without a bypass. */
  retain(key: string, next: Retention): void {
    const version = this.get(key);
    const { retention } = version;
    if (next.until <= this.now()) throw new S3Refusal(400, 'InvalidArgument');
    const runs = retention !== undefined && retention.until > this.now();
    const weaker = retention?.mode === 'COMPLIANCE' && next.mode === 'GOVERNANCE';
    if (runs && (weaker || next.until < retention.until)) throw new S3Refusal(403, 'AccessDenied');
    version.retention = next;
  }

  begin(key: string): string {
    const id = randomUUID();
    this.multiparts.set(id, { id, key, initiated: this.now(), parts: new Map() });
    return id;
  }

  part(key: string, uploadId: string, number: number, bytes: Uint8Array): string {
    if (!(number >= 1 && number <= maxPartNumber)) throw new S3Refusal(400, 'InvalidArgument');
    const etag = `"${md5(bytes)}"`;
    this.#multipart(key, uploadId).parts.set(number, { bytes, etag });
    return etag;
  }

  complete(key: string, uploadId: string, listed: readonly { number: number; etag: string }[]): ObjectVersion {
    const { parts } = this.#multipart(key, uploadId);
    if (listed.length === 0) throw new S3Refusal(400, 'MalformedXML');
    if (listed.some(({ number }, i) => i > 0 && number <= (listed[i - 1]?.number ?? 0)))
      throw new S3Refusal(400, 'InvalidPartOrder');
    const chosen = listed.map(({ number, etag }) => {
      const part = parts.get(number);
      if (part?.etag !== etag) throw new S3Refusal(400, 'InvalidPart');
      return part;
    });
    if (chosen.slice(0, -1).some(({ bytes }) => bytes.length < minPartBytes))
      throw new S3Refusal(400, 'EntityTooSmall');
    this.multiparts.delete(uploadId);
    const hashes = createHash('md5');
    for (const { bytes } of chosen) hashes.update(createHash('md5').update(bytes).digest());
    return this.put(key, Buffer.concat(chosen.map(({ bytes }) => bytes)), `"${hashes.digest('hex')}-${chosen.length}"`);
  }

  abort(key: string, uploadId: string): void {
    this.#multipart(key, uploadId);
    this.multiparts.delete(uploadId);
  }

  #multipart(key: string, uploadId: string): Multipart {
    const found = this.multiparts.get(uploadId);
    if (found?.key !== key) throw new S3Refusal(404, 'NoSuchUpload');
    return found;
  }

  #versions(key: string): ObjectVersion[] {
    let versions = this.objects.get(key);
    if (!versions) this.objects.set(key, (versions = []));
    return versions;
  }
}
