import { type ArchiveContext } from '../archive-context.ts';
import { type ArchiveErrorCode } from '../archive-error.ts';
import { type WrappedKey } from '../key-provider.ts';
import { type SealOptions } from '../seal-options.ts';

/** What a thread is to seal: its content is the next `bytes` of the batch's. */
export interface ThreadJob extends Omit<SealOptions, 'keys'> {
  readonly bytes: number;
  readonly encrypted: boolean;
}

/** Contents on their way into a thread; keys stay outside, so the thread asks for its data keys to be wrapped. */
export type ToThread =
  | {
      readonly kind: 'seal';
      readonly batch: number;
      readonly contents: Uint8Array;
      readonly jobs: readonly ThreadJob[];
    }
  | {
      readonly kind: 'wrapped';
      readonly batch: number;
      /** In the order of the requests; `null` where the key provider failed. */
      readonly keys: readonly (WrappedKey[] | null)[];
    };

export interface WrapRequest {
  /** Index of the job. */
  readonly job: number;
  readonly dataKey: Uint8Array;
  readonly context: ArchiveContext;
}

/** A sealed archive: its bytes are the next `size` of the batch's. */
export type ThreadResult =
  | {
      readonly ok: true;
      readonly digest: string;
      readonly size: number;
      readonly contentSize: number | undefined;
      readonly keyIds: readonly string[];
    }
  | { readonly ok: false; readonly code: ArchiveErrorCode | undefined; readonly message: string };

export type FromThread =
  | { readonly kind: 'wrap'; readonly batch: number; readonly requests: readonly WrapRequest[] }
  | {
      readonly kind: 'sealed';
      readonly batch: number;
      readonly bytes: Uint8Array;
      readonly results: readonly ThreadResult[];
    };
