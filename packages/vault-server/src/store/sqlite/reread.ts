import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type DatabaseSync, type SQLOutputValue } from 'node:sqlite';

import { digestOfPieces } from '../../archive/reread.ts';
import { type Reread } from '../archive-store.ts';
import { idCell, idOf } from './cells.ts';
import { type ContentFiles } from './content-files.ts';
import { type PackTable } from './pack-table.ts';
import { tombstoneTable } from './tombstone-table.ts';

/** Bytes read before the event loop gets a turn. */
const bytesPerTurn = 1024 * 1024;

interface Row {
  readonly position: number;
  readonly session_id: SQLOutputValue;
  readonly head: Uint8Array;
  readonly size: number;
  readonly file: string | null;
}

/** Reads archives that lie beside each other in one go: one read transaction, each pack once. */
export function rereader(db: DatabaseSync, packs: PackTable, files: ContentFiles) {
  const select = db.prepare(
    `SELECT position, session_id, head, size, file FROM archive LEFT JOIN content_file USING (position)
     WHERE tenant = ? AND archive_id = ?`,
  );
  const tombstones = tombstoneTable(db);
  const begin = db.prepare('BEGIN');
  const end = db.prepare('COMMIT');

  /** A result, or where the file is that holds it. */
  const read = (tenant: string, archiveId: string, bodyOf: ReturnType<PackTable['reader']>): Reread | Row => {
    const row = select.get(tenant, idCell(archiveId)) as unknown as Row | undefined;
    if (!row) return { outcome: tombstones.find(tenant, archiveId) ? 'deleted' : 'absent' };
    if (row.file !== null) return row;
    const hash = createHash('sha256').update(row.head);
    const body = bodyOf(row.position);
    if (body) hash.update(body);
    const size = row.head.length + (body?.length ?? 0);
    return { outcome: 'held', sessionId: idOf(row.session_id), digest: `sha256:${hash.digest('hex')}`, size };
  };
  const readAll = (tenant: string, archiveIds: readonly string[]): (Reread | Row)[] => {
    const bodyOf = packs.reader();
    const results: (Reread | Row)[] = [];
    let bytes = 0;
    begin.run();
    try {
      for (const archiveId of archiveIds) {
        if (bytes >= bytesPerTurn) break;
        const result = readable(() => read(tenant, archiveId, bodyOf));
        results.push(result);
        if ('outcome' in result && result.outcome === 'held') bytes += result.size;
      }
    } finally {
      end.run();
    }
    return results;
  };
  const fromFile = async ({ session_id, head, size, file }: Row): Promise<Reread> => {
    const pieces = async function* (): AsyncGenerator<Uint8Array, void, void> {
      yield head;
      // The file has the header's place, wiped, so offsets in it are those of the archive.
      if (file !== null) yield* files.read(file, head.length, size);
    };
    try {
      return { outcome: 'held', sessionId: idOf(session_id), ...(await digestOfPieces(pieces())) };
    } catch (cause) {
      return { outcome: 'unreadable', cause };
    }
  };
  return async (tenant: string, archiveIds: readonly string[]): Promise<Reread[]> => {
    const results: Reread[] = [];
    while (results.length < archiveIds.length) {
      if (results.length > 0) await setImmediate();
      for (const result of readAll(tenant, archiveIds.slice(results.length)))
        results.push('outcome' in result ? result : await fromFile(result));
    }
    return results;
  };
}

function readable<T>(read: () => T): T | Extract<Reread, { outcome: 'unreadable' }> {
  try {
    return read();
  } catch (cause) {
    return { outcome: 'unreadable', cause };
  }
}
