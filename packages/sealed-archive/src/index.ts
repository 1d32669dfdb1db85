export { ArchiveError, isArchiveError } from './archive-error.ts';
export { digestOf } from './digest.ts';
export { generateKey, localKeyRing } from './local-key-ring.ts';
export { inspect, open, openSync } from './open.ts';
export { rewrap } from './rewrap.ts';
export { seal, sealSync } from './seal.ts';

export type { ArchiveContext } from './archive-context.ts';
export type { ArchiveErrorCode } from './archive-error.ts';
export type { ArchiveHeader, Cipher, Compression, Dictionary } from './archive-header.ts';
export type { KeyProvider, WrappedKey } from './key-provider.ts';
export type { LocalKeyRing, LocalKeyRingOptions } from './local-key-ring.ts';
export type { OpenOptions } from './open-options.ts';
export type { RewrapOptions } from './rewrap.ts';
export type { SealedArchive } from './seal.ts';
export type { SealOptions } from './seal-options.ts';
