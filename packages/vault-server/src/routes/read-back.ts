import { readBackRequest } from '@llm-memory-graph/contracts';
import { jsonTextAnswer, readJson, requireScope, type Handler } from '@llm-memory-graph/service';

import { notHeld } from '../archive/held-archive.ts';
import { reread } from '../archive/reread.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';

const failures = {
  absent: { status: 404, error: notHeld.absent },
  deleted: { status: 410, error: notHeld.deleted },
  unreadable: { status: 500, error: 'the vault cannot read this archive; its log knows why' },
} as const;

/** `POST /api/v1/archive/read-back`: what is held under these ids, by bytes read for this answer. */
export function readBackArchives(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const { tenant } = callerOf(c);
    const { archiveIds } = await readJson(c, vault.limits, readBackRequest);
    const archives: Readonly<Record<string, unknown>>[] = [];
    const failed: Readonly<Record<string, unknown>>[] = [];
    for (const [i, found] of (await reread(vault.store, tenant, archiveIds)).entries()) {
      const archive_id = archiveIds[i];
      if (found.outcome === 'held') {
        archives.push({ archive_id, session_id: found.sessionId, digest: found.digest, size: found.size });
        continue;
      }
      if (found.outcome === 'unreadable')
        vault.logger.error({ tenant, archive_id, err: found.cause }, 'an archive cannot be read');
      failed.push({ archive_id, ...failures[found.outcome] });
    }
    return jsonTextAnswer(JSON.stringify({ archives, failed }));
  };
}
