import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ArchiveOutcome, ArchiveRequest, ArchiveVault, Failpoint, ReadBackOutcome } from '../../src/index.ts';
import type { Evidence } from './oracle.ts';

interface Stored {
  readonly archiveId: string;
  readonly sessionId: string;
  readonly version: number;
  readonly digest: string;
  readonly content: string;
}

/** A vault in a directory that processes share: an archive is there whole, synced to disk, or not at all. */
export class FileVault implements ArchiveVault {
  readonly #directory: string;
  readonly #failpoint: Failpoint;

  constructor(directory: string, failpoint: Failpoint = () => undefined) {
    this.#directory = directory;
    this.#failpoint = failpoint;
    mkdirSync(join(directory, 'archives'), { recursive: true });
  }

  async archive(requests: readonly ArchiveRequest[]): Promise<ArchiveOutcome[]> {
    appendFileSync(join(this.#directory, 'posts'), requests.map(({ archiveId }) => `${archiveId}\n`).join(''));
    const outcomes = requests.map((request) => this.#store(request));
    await this.#failpoint('after-put-before-ack');
    return outcomes;
  }

  readBack(archiveIds: readonly string[]): ReadBackOutcome[] {
    return archiveIds.map((archiveId) => {
      if (!existsSync(this.#path(archiveId))) return { ok: false, error: new Error('Not held'), retryable: true };
      const { sessionId, digest, content } = this.#read(archiveId);
      return { ok: true, archiveId, sessionId, digest, size: Buffer.byteLength(content, 'base64') };
    });
  }

  verify(archiveIds: readonly string[]): ReadBackOutcome[] {
    return this.readBack(archiveIds).map((outcome) => {
      if (!outcome.ok) return outcome;
      const content = Buffer.from(this.#read(outcome.archiveId).content, 'base64');
      return { ...outcome, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
    });
  }

  createRetentionPolicy(): never {
    throw new Error('not asked for here');
  }

  evidence(): Evidence[] {
    return readdirSync(join(this.#directory, 'archives'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.#read(name.slice(0, -'.json'.length)))
      .map((stored) => ({ ...stored, content: Buffer.from(stored.content, 'base64') }));
  }

  /** Archives asked for, repeats included. */
  posts(): number {
    return readFileSync(join(this.#directory, 'posts'), 'utf8').split('\n').length - 1;
  }

  #store(request: ArchiveRequest): ArchiveOutcome {
    const { archiveId, sessionId, version, bytes, contentSha256 } = request;
    const content = Buffer.from(bytes).toString('base64');
    const stored: Stored = { archiveId, sessionId, version, digest: `sha256:${contentSha256}`, content };
    const draft = `${this.#path(archiveId)}.${String(process.pid)}`;
    const file = openSync(draft, 'w');
    writeSync(file, JSON.stringify(stored));
    fsyncSync(file);
    closeSync(file);
    let duplicate = false;
    try {
      linkSync(draft, this.#path(archiveId));
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
      duplicate = true;
    }
    unlinkSync(draft);
    return { ok: true, archiveId, digest: this.#read(archiveId).digest, size: bytes.length, duplicate };
  }

  #read(archiveId: string): Stored {
    return JSON.parse(readFileSync(this.#path(archiveId), 'utf8')) as Stored;
  }

  #path(archiveId: string): string {
    return join(this.#directory, 'archives', `${archiveId}.json`);
  }
}
