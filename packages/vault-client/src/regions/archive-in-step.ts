import type { ArchiveReceipt } from '@llm-memory-graph/contracts';
import type { SealedStream } from '../sealer.ts';
import { recut } from '../stream/parts.ts';
import { partBytesOf, sentPartBytes, type RetrieveStreamOptions, type StreamInput } from '../stream/stream-options.ts';
import { agreedProgress } from './agreed-progress.ts';
import { askToDecide, type Answers } from './ask-all.ts';
import { Fan } from './fan.ts';
import type { ResolvedMultiRegion } from './options.ts';
import type { Region } from './region.ts';

/**
 * Sends what is sealed once to all regions, part by part and one part at a time. A region that fails, or that is late
 * when enough have taken a part, is left behind.
 */
export async function archiveInStep(
  vault: ResolvedMultiRegion,
  sealed: SealedStream,
  input: StreamInput,
  options: RetrieveStreamOptions,
): Promise<Answers<ArchiveReceipt>> {
  const { regions, agreement, lagMs, clock } = vault;
  const { signal, onProgress } = options;
  const fan = new Fan<Region>(recut(sealed, partBytesOf(options, sentPartBytes)), regions, {
    enough: agreement,
    lagMs,
    clock,
  });
  const progress = agreedProgress(agreement, onProgress);
  const abort = (): void => fan.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  const ask = async (region: Region): Promise<ArchiveReceipt> => {
    const own = { ...options, signal: fan.signalOf(region), onProgress: progress(region) };
    try {
      return await region.vault.archiveSealedStream(fan.piecesFor(region), input, own);
    } finally {
      fan.leave(region);
    }
  };
  const answers = await askToDecide(vault, ask);
  void answers.all.then(() => signal?.removeEventListener('abort', abort));
  return answers;
}
