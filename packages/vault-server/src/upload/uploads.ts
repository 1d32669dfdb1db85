import { RunningDigests } from './running-digests.ts';
import { UploadMetrics } from './upload-metrics.ts';
import { UploadTurns } from './upload-turns.ts';
import { type Vault } from '../vault.ts';

/** What the requests to uploads share in this process. */
export interface Uploads {
  readonly vault: Vault;
  readonly turns: UploadTurns;
  readonly digests: RunningDigests;
  readonly metrics: UploadMetrics;
}

export function uploadsOf(vault: Vault): Uploads {
  return { vault, turns: new UploadTurns(), digests: new RunningDigests(), metrics: new UploadMetrics() };
}
