import { ArchiveError, isArchiveError } from '../archive-error.ts';
import { type WrappedKey } from '../key-provider.ts';
import { type SealOptions } from '../seal-options.ts';
import { type WrapRequest } from './thread-messages.ts';

/** Who waits for a sealed archive, and the keys it is to be wrapped with. */
export interface Waiting {
  readonly options: SealOptions;
  readonly reject: (error: Error) => void;
}

/** Wraps each data key with the keys of its job; one that fails rejects its job and is `null`. Wipes what it was given. */
export function wrapAll(requests: readonly WrapRequest[], jobs: readonly Waiting[]): Promise<(WrappedKey[] | null)[]> {
  return Promise.all(
    requests.map(async ({ job, dataKey, context }) => {
      const waiting = jobs[job];
      try {
        return (await waiting?.options.keys?.wrap(dataKey, context)) ?? null;
      } catch (cause) {
        waiting?.reject(
          isArchiveError(cause) ? cause : new ArchiveError('key_unavailable', 'the key provider failed', { cause }),
        );
        return null;
      } finally {
        dataKey.fill(0);
      }
    }),
  );
}
