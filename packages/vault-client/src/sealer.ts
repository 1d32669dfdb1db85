/** What a sealed archive is bound to; another archive's bytes do not open under it. */
export interface SealContext {
  readonly sessionId: string;
  readonly archiveId: string;
}

/** What a receipt for sealed bytes must say. */
export interface SealedBytes {
  /** `sha256:<hex>` of them. */
  readonly digest: string;
  /** How many. */
  readonly size: number;
}

/** Sealed bytes in pieces, and at their end what a receipt for them must say. */
export type SealedStream = AsyncGenerator<Uint8Array, SealedBytes, void>;

/** Seals archives before they leave the process and opens them again. */
export interface Sealer {
  /** `digest` is `sha256:<hex>` of `bytes`. */
  seal(content: Uint8Array, context: SealContext): Promise<{ readonly bytes: Uint8Array; readonly digest: string }>;
  /** Gives exactly the content that was sealed, or throws. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** Seals content of any length at flat memory; needed by `archiveStream`. Returns what the receipt must say. */
  sealStream?(content: AsyncIterable<Uint8Array>, context: SealContext): SealedStream;
  /**
   * Gives exactly the content that was sealed, or throws, at the latest at the end, also when the sealed bytes do not
   * have the digest `expected`; needed by `retrieveStream`.
   */
  openStream?(
    sealed: AsyncIterable<Uint8Array>,
    context: SealContext,
    expected: string,
  ): AsyncGenerator<Uint8Array, void, void>;
}
