import {
  type ArchiveContext,
  type Compression,
  type KeyProvider,
  type SealedArchive,
  type ZstdDictionary,
} from '@llm-memory-graph/sealed-archive';

/** How to seal one content. */
export interface SealingOptions {
  readonly context: ArchiveContext;
  readonly compression: Compression;
  readonly contentType: string;
  /** @default that of `sealed-archive` */
  readonly level?: number;
  /** What zstd may refer to. @default the dictionary that ships with `sealed-archive` */
  readonly dictionary?: ZstdDictionary;
  /** Without it the archive is not encrypted. */
  readonly keys?: KeyProvider;
}

/** The port to whatever seals what clients send unsealed. */
export interface Sealing {
  /** @throws ArchiveError `key_unavailable` when the key provider fails */
  seal(content: Uint8Array, options: SealingOptions): Promise<SealedArchive>;
}
