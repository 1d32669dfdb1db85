import { type DatabaseSync } from 'node:sqlite';

/** The sealed bytes of one archive but for its header, by the archive's position. */
export interface PackedBody {
  readonly position: number;
  readonly body: Uint8Array;
}

/** Changes expect an open transaction. */
export interface PackTable {
  /** @param bodies in the order of their positions, which follow all that were given before */
  put(bodies: readonly PackedBody[]): void;
  /** `undefined` when the position has no body here. */
  body(position: number): Uint8Array | undefined;
  /** {@link body} for many positions: neighbours cost one read. For use in one turn, while nothing is written. */
  reader(): (position: number) => Uint8Array | undefined;
  /** Takes the body out, its bytes too. */
  remove(position: number): void;
  /**
   * Joins packs that stand beside each other and fit into one, looking at `limit` packs from `from` on. Gives where to
   * go on, `undefined` at the end.
   *
   * @param limit at least 2
   */
  join(from: number, limit: number): number | undefined;
}

/** Bodies of one pack in bytes: a larger pack wastes less room, and costs more to take a body out of. */
const packBytes = 64 * 1024;

interface PackRow {
  readonly first: number;
  readonly entries: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Many bodies in one row: a row for each would leave a third of SQLite's pages empty. Positions in a pack run from its
 * `first` to before the next pack's, so a position alone finds its pack.
 */
export function packTable(db: DatabaseSync): PackTable {
  const insert = db.prepare('INSERT INTO pack (first, entries, body) VALUES (?, ?, ?)');
  const selectOf = db.prepare('SELECT first, entries, body FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1');
  const selectFrom = db.prepare(
    'SELECT first, length(body) AS bytes FROM pack WHERE first >= ? ORDER BY first LIMIT ?',
  );
  const select = db.prepare('SELECT first, entries, body FROM pack WHERE first = ?');
  const change = db.prepare('UPDATE pack SET entries = ?, body = ? WHERE first = ?');
  const remove = db.prepare('DELETE FROM pack WHERE first = ?');

  const packOf = (position: number): Pack | undefined => {
    const row = selectOf.get(position);
    return row && unpacked(row as unknown as PackRow);
  };
  const bodyIn = (pack: Pack | undefined, position: number): Uint8Array | undefined =>
    pack?.bodies.find((each) => each.position === position)?.body;
  const write = (bodies: readonly PackedBody[]): void => {
    const [first] = bodies;
    if (first) insert.run(first.position, entriesOf(bodies), Buffer.concat(bodies.map(({ body }) => body)));
  };
  const joinRun = (firsts: readonly number[]): void => {
    if (firsts.length < 2) return;
    const bodies = firsts.flatMap((first) => unpacked(select.get(first) as unknown as PackRow).bodies);
    for (const first of firsts) remove.run(first);
    write(bodies);
  };
  return {
    put: (bodies) => {
      for (const group of groupsOf(bodies, ({ body }) => body.length)) write(group);
    },
    body: (position) => bodyIn(packOf(position), position),
    reader: () => {
      let pack: Pack | undefined;
      return (position) => {
        const body = bodyIn(pack, position);
        if (body) return body;
        pack = packOf(position);
        return bodyIn(pack, position);
      };
    },
    remove: (position) => {
      const pack = packOf(position);
      const left = pack?.bodies.filter((each) => each.position !== position) ?? [];
      if (!pack || left.length === pack.bodies.length) return;
      if (left.length === 0) remove.run(pack.first);
      else change.run(entriesOf(left), Buffer.concat(left.map(({ body }) => body)), pack.first);
    },
    join: (from, limit) => {
      const rows = selectFrom.all(from, limit) as unknown as { first: number; bytes: number }[];
      const runs = groupsOf(rows, ({ bytes }) => bytes);
      for (const run of runs) joinRun(run.map(({ first }) => first));
      // The last run may grow by what comes behind it. Each step joins or goes on: of a full page that is one run,
      // one pack is left.
      return rows.length < limit ? undefined : runs.at(-1)?.[0]?.first;
    },
  };
}

/** Neighbours in groups of at most {@link packBytes}; a larger one stands alone. */
function groupsOf<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const groups: T[][] = [];
  let room = -1;
  for (const item of items) {
    room -= bytesOf(item);
    if (room < 0 || groups.length === 0) {
      groups.push([]);
      room = packBytes - bytesOf(item);
    }
    groups.at(-1)?.push(item);
  }
  return groups;
}

interface Pack {
  readonly first: number;
  readonly bodies: readonly PackedBody[];
}

const entryBytes = 12;

/** For each body its position (48 bits) and its length (48 bits). */
function entriesOf(bodies: readonly PackedBody[]): Buffer {
  const entries = Buffer.allocUnsafe(bodies.length * entryBytes);
  for (const [i, { position, body }] of bodies.entries()) {
    entries.writeUIntBE(position, i * entryBytes, 6);
    entries.writeUIntBE(body.length, i * entryBytes + 6, 6);
  }
  return entries;
}

function unpacked({ first, entries, body }: PackRow): Pack {
  const table = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
  const bodies: PackedBody[] = [];
  for (let at = 0, start = 0; at < table.length; at += entryBytes) {
    const end = start + table.readUIntBE(at + 6, 6);
    bodies.push({ position: table.readUIntBE(at, 6), body: body.subarray(start, end) });
    start = end;
  }
  return { first, bodies };
}
