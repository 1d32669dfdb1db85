/** What a sealed archive is bound to; another archive's bytes do not open under it. */
export interface SealContext {
  readonly sessionId: string;
  readonly archiveId: string;
}

/** Seals archives before they leave the process and opens them again. */
export interface Sealer {
  /** `digest` is `sha256:<hex>` of `bytes`. */
  seal(content: Uint8Array, context: SealContext): Promise<{ readonly bytes: Uint8Array; readonly digest: string }>;
  /** Gives exactly the content that was sealed, or throws. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
}
