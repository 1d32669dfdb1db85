/** What protects an object from deletion until an instant. */
export interface ObjectLock {
  /** `governance` may be lifted by who has the right to, `compliance` by nobody. */
  readonly mode: 'governance' | 'compliance';
  readonly until: Date;
}

/** An object, or a multipart upload that is under way. */
export interface ListedObject {
  readonly key: string;
  readonly since: Date;
}

export interface ListedParts extends ListedObject {
  readonly partsId: string;
}

/** A part of a multipart upload. */
export interface ObjectPart {
  readonly number: number;
  readonly etag: string;
}

/** Thrown while reading an object that is not there. */
export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing';
}

/**
 * The port to object storage. A key is written once and never again. A promise of a change resolves when the storage
 * has acknowledged it; what it refuses for a time is a 503 problem.
 */
export interface ObjectStorage {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes from `start` to before `end`, at least one; nothing is opened before the first piece is asked for. @throws {ObjectMissing} */
  read(key: string, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Bytes of the object, `undefined` when there is none. */
  size(key: string): Promise<number | undefined>;
  /** Removes every version. False while a lock or a hold forbids it; what is not there counts as removed. */
  remove(key: string): Promise<boolean>;
  /** Objects, deleted versions too, in no particular order. */
  list(): AsyncIterable<ListedObject>;

  /**
   * Locks an object at least until `lock.until`, and reads the lock back.
   *
   * @throws {Error} when the storage does not keep the lock, whatever it answered
   */
  lock(key: string, lock: ObjectLock): Promise<void>;
  /** Sets or lifts a legal hold, and reads it back. @throws {Error} when the storage does not keep it */
  hold(key: string, held: boolean): Promise<void>;

  beginParts(key: string): Promise<string>;
  /** @param bytes at least 5 MiB but for the last part */
  putPart(key: string, partsId: string, number: number, bytes: Uint8Array): Promise<ObjectPart>;
  /** Makes the object of its parts, in order; of `size` bytes when it is there already. */
  completeParts(key: string, partsId: string, parts: readonly ObjectPart[], size: number): Promise<void>;
  abortParts(key: string, partsId: string): Promise<void>;
  listParts(): AsyncIterable<ListedParts>;
}
