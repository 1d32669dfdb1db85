// The store for several processes, on PostgreSQL and S3-compatible object storage. What is not listed here is private.

export {
  scaleOutArchiveStore,
  type MaintenanceOptions,
  type MaintenanceReport,
  type ScaleOutArchiveStore,
  type ScaleOutArchiveStoreOptions,
} from './scale-out-archive-store.ts';
export { s3ObjectStorage, type S3ObjectStorageOptions } from './s3-object-storage.ts';
export {
  ObjectMissing,
  type ListedObject,
  type ListedParts,
  type ObjectLock,
  type ObjectPart,
  type ObjectStorage,
} from './object-storage.ts';
