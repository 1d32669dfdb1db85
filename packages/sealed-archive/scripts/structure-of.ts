const gramLength = 6;
const minLength = 10;

/**
 * The text that repeats across sessions of one shape made from different seeds: what survives is shape and stock
 * phrases, as every value was drawn at random. With the number of bytes that each piece of it makes up.
 */
export function structureOf(sessions: readonly string[]): Map<string, number> {
  const presence = new Map<string, number>();
  for (const session of sessions)
    for (const gram of new Set(gramsOf(session))) presence.set(gram, (presence.get(gram) ?? 0) + 1);
  const needed = sessions.length * 0.6;

  const scores = new Map<string, number>();
  for (const session of sessions)
    for (const segment of segmentsOf(session, (gram) => (presence.get(gram) ?? 0) >= needed))
      scores.set(segment, (scores.get(segment) ?? 0) + segment.length);
  return scores;
}

/** The best pieces in `maxBytes`, the most frequent last, where zstd refers to them with the shortest offsets. */
export function bestOf(scores: ReadonlyMap<string, number>, maxBytes: number): string {
  const ranked = [...scores].sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || (a < b ? -1 : 1));
  let text = '';
  for (const [piece] of ranked)
    if (!text.includes(piece) && Buffer.byteLength(piece + text) <= maxBytes) text = piece + text;
  return text;
}

function* gramsOf(text: string): Generator<string> {
  for (let at = 0; at + gramLength <= text.length; at++) yield text.slice(at, at + gramLength);
}

function* segmentsOf(text: string, repeats: (gram: string) => boolean): Generator<string> {
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    if (at + gramLength <= text.length && repeats(text.slice(at, at + gramLength))) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      const segment = text.slice(start, at + gramLength - 1);
      if (segment.length >= minLength) yield segment;
      start = -1;
    }
  }
}
